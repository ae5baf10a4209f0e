// IdentityPolicy: what one side may say of who is calling, and what it is shown.
#pragma once

#include <optional>

#include "warp/domain/policy/fields.h"

namespace warp::domain {

enum class CallerIdPolicy : std::uint8_t {
  Pass,     // as it came
  Force,    // always `caller_id`
  Allowed,  // one of `caller_ids`, else refused
  Own,      // a number that the customer owns, else refused
};
enum class CallerIdFallback : std::uint8_t { Refuse, Replace };  // by `caller_id`
enum class NumberFormat : std::uint8_t { E164Plus, E164, National, TechPrefix, AsReceived };

struct IdentityPolicy {
  bool trusted = false;  // RFC 3325: its P-Asserted-Identity is believed, and it is shown withheld ones
  CallerIdPolicy caller_id_policy = CallerIdPolicy::Pass;
  CallerIdFallback caller_id_fallback = CallerIdFallback::Refuse;
  std::string caller_id;
  std::vector<std::string> caller_ids;
  bool send_asserted = true;       // P-Asserted-Identity towards it
  bool send_remote_party = false;  // Remote-Party-ID towards it, for the old
  bool send_diversion = false,
       send_history = false;                // RFC 5806, RFC 7044, when they came from a trusted side
  bool send_portability = false;            // rn, npdi and cic (RFC 4694) towards it, when they came
  bool user_phone = false;                  // user=phone in the URIs of numbers towards it
  bool user_to_user = false;                // RFC 7433: between two sides that both have it
  std::vector<std::string> pass_headers{};  // extension headers of the other side's INVITE that go on to it
  std::string tech_prefix;                  // of calls from it: must be there, and is taken off
  std::string country_code = "1";           // of national numbers
  std::string national_prefix = "1", international_prefix = "011";  // as it dials them
  NumberFormat called_format = NumberFormat::E164, calling_format = NumberFormat::AsReceived;  // towards it
};

// May an extension header of that name go from one side to the other? Not what SIP itself, its transport or
// its security means by a name, nor what tells of the other side's network.
bool passable_header(std::string_view name);
// Of the fields' words together: what is wrong, and in which field; nullptr: nothing.
struct IdentityProblem {
  std::string_view field;
  std::string cure;
};
std::optional<IdentityProblem> check(const IdentityPolicy& policy);

// Names and bounds of every field.
void describe(IdentityPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
