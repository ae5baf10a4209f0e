// What is provisioned around telephone numbers: rules that translate them, the classes that a trunk may call,
// and where a caller is when it calls for help.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warp/base/uuid.h"

namespace warp::domain {

enum class NumberStage : std::uint8_t { Entry, Exit };  // of calls that come from the owner, that go to it
enum class NumberSubject : std::uint8_t { Called, Calling };
std::string_view to_string(NumberStage stage);      // entry, exit
std::string_view to_string(NumberSubject subject);  // called, calling
std::optional<NumberStage> parse_number_stage(std::string_view text);
std::optional<NumberSubject> parse_number_subject(std::string_view text);

struct NumberRule {
  Uuid id, owner;  // a trunk's or a provider's
  NumberStage stage = NumberStage::Entry;
  NumberSubject subject = NumberSubject::Called;
  std::uint32_t position = 0;  // lower first
  std::string pattern, replacement;
};

// Bits of a set.
enum class NumberClass : std::uint8_t {
  Local = 1,
  TollFree = 2,
  Domestic = 4,
  International = 8,
  Emergency = 16,
};
using NumberClasses = std::uint8_t;
std::string_view to_string(NumberClass one);  // local, tollfree, domestic, international, emergency
std::optional<NumberClass> parse_number_class(std::string_view text);

// A civic address (RFC 5139): elements by name, in the order of kCivicElements.
using CivicAddress = std::vector<std::pair<std::string, std::string>>;
inline constexpr std::array<std::string_view, 31> kCivicElements{
    "country", "A1",  "A2",    "A3",   "A4",      "A5",  "A6",  "PRM",   "PRD",    "RD",  "STS",
    "POD",     "POM", "RDSEC", "RDBR", "RDSUBBR", "HNO", "HNS", "LMK",   "LOC",    "FLR", "NAM",
    "PC",      "BLD", "UNIT",  "ROOM", "SEAT",    "PLC", "PCN", "POBOX", "ADDCODE"};

struct EmergencyLocation {
  std::string e164;
  CustomerId customer;
  CivicAddress civic;
  std::string callback_name;
};

}  // namespace warp::domain
