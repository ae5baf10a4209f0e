// Capabilities: which SIP extensions are spoken on one side of a call (by the policy of its peer), and what a
// peer says that it can do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/domain/sip_policy.h"
#include "warp/sip/message/message.h"

#include "call.h"

namespace warp::calls {

// Option tags that the engine knows. A set of them is a byte (Leg::options).
enum class Option : std::uint8_t {
  Reliable = 1,  // 100rel
  Timer = 2,     // timer
  Replaces = 4,  // replaces
};
constexpr std::uint8_t bit(Option option) {
  return static_cast<std::uint8_t>(option);
}

// Of every peer; replaces is a matter of policy alone.
inline constexpr std::uint8_t kAllOptions = bit(Option::Reliable) | bit(Option::Timer);

// What is offered to, and taken from, a peer with this policy.
std::uint8_t options_of(const domain::SipPolicy& policy);
// The same as the value of Supported; empty when there is nothing. Static storage.
std::string_view supported_options(std::uint8_t options);
inline std::string_view supported_options(const domain::SipPolicy& policy) {
  return supported_options(options_of(policy));
}

// The policy of whom a leg of a call that is being set up talks to. Callee: of the attempt that runs.
const domain::SipPolicy& policy_of(const Setup& setup, Side side);

// Is the option tag in one of the message's headers of that id (Supported, Require)?
bool lists_option(const sip::Message& message, sip::HeaderId header, Option option);
// What a request requires and `options` does not have, as the value of Unsupported; empty: nothing.
std::string unsupported_options(const sip::Message& request, std::uint8_t options);

// Would its sender take a session description? Says so without Accept (RFC 3261 §20.1).
bool accepts_description(const sip::Message& request);

// Does the message's Allow name the method? False when it has no Allow.
bool allows(const sip::Message& message, sip::Method method);

}  // namespace warp::calls
