// SessionPolicy: what happens within an established call: session timers, transfer, INFO, MESSAGE.
#pragma once

#include "warp/domain/policy/fields.h"

namespace warp::domain {

enum class SessionTimer : std::uint8_t { Off, Accept, Offer };
enum class TransferPolicy : std::uint8_t {
  Refuse,   // REFER and INVITE with Replaces get 403
  Execute,  // carried out here: the referred leg is joined to a new far leg, or to the call that Replaces
            // names; a leg that Replaces names gives way to the new one
};

struct SessionPolicy {
  SessionTimer timer = SessionTimer::Accept;   // RFC 4028 on this side
  std::chrono::seconds session_expires{1800};  // asked for when we offer
  std::chrono::seconds min_se{90};             // a lower wish gets 422
  TransferPolicy transfer = TransferPolicy::Refuse;
  std::vector<std::string> info_types{"application/dtmf-relay", "application/dtmf",
                                      "application/media_control+xml"};  // bodies of INFO that go through
  bool message = false;        // MESSAGE within a call goes through (text/plain)
  bool options_within = true;  // OPTIONS within a call is answered here
};

// Names and bounds of every field.
void describe(SessionPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
