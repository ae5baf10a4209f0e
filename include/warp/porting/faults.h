// What is wrong with numbers of a request: checks before submission, groups of equal faults, and what can be
// mended by rule.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/porting_port.h"

namespace warp::porting {

struct Fault {
  std::string code, message, field;
};

// Of one number with the details of its group: UNKNOWN_CARRIER, ALREADY_OURS, BTN_MISSING, BTN_INVALID,
// ZIP_INVALID, NAME_MISSING, NAME_UNTIDY, PIN_MISSING (on-net).
std::vector<Fault> faults_of(const domain::PortNumber& number, const domain::PortGroup& group);

struct FaultGroup {
  std::string code, message;
  std::size_t count = 0;
  std::vector<std::string> numbers;  // E.164 digits, all of them
  bool auto_fix = false;
  std::string suggested;
};
// By code, the most frequent first.
std::vector<FaultGroup> group_faults(const std::vector<domain::PortNumber>& numbers);

// The group's details with what can be mended in them mended: a BTN in another writing, or none where one
// number of the group can be it; a ZIP code with nine digits in a row; a name with too many blanks. Of the
// faults of `code`, or of all when it is empty. nullopt: nothing was to be mended.
std::optional<domain::PortDocument> mend(const domain::PortGroup& group,
                                         const std::vector<domain::PortNumber>& numbers,
                                         std::string_view code);

domain::PortDocument to_document(const std::vector<Fault>& faults);

}  // namespace warp::porting
