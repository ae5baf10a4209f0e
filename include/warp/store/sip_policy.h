// SipPolicy as JSON: what the tables keep and the API takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/domain/sip_policy.h"

namespace warp::store {

// "session.min_se: a number from 90 to 86400 is wanted".
struct PolicyFault {
  std::string field, cure;
};

// Every section and field is known, of its type and within its bounds, or the first that is not.
Result<domain::SipPolicy, PolicyFault> parse_sip_policy(std::string_view json);
// As a table has it: what is unknown or out of bounds keeps its default, since a newer daemon of the same
// site may have written it.
domain::SipPolicy kept_sip_policy(std::string_view json);
// Sections with the fields that differ from their defaults.
std::string format_sip_policy(const domain::SipPolicy& policy);

// For documentation and the API's schema.
struct PolicyField {
  std::string section, name, type, help, default_value;  // type: "flag", "0..10", "text", "list", "off|on"
};
std::vector<PolicyField> sip_policy_fields();
std::string sip_policy_markdown();  // the text of docs/sip/policies.md

}  // namespace warp::store
