// Emergency: calls to 911 and its like. They leave by the emergency partition in the order of its routes,
// bypass limits, money, caller-id rules and least cost, and carry the caller's registered location (RFC
// 6442).
//
// docs/sip/emergency.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warp/calls/settings.h"
#include "warp/domain/catalogue.h"
#include "warp/sip/message/message.h"

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

// Does the request ask for an emergency number, or for urn:service:sos (RFC 5031)? Of the URI as it was
// dialled, before any rule changes it; no allocation. With a trunk its country's numbers count and its tech
// prefix may stand before them; without one the numbers of every country count, which is what overload wants
// to know.
bool is_emergency(const EmergencySettings& settings, std::string_view request_uri,
                  const domain::Trunk* trunk = nullptr);
inline bool is_emergency(const EmergencySettings& settings, const sip::Message& request,
                         const domain::Trunk* trunk = nullptr) {
  return is_emergency(settings, request.request_uri(), trunk);
}
// The number that it asks for; the first configured one for a service URN. Empty: none.
std::string emergency_number(const EmergencySettings& settings, const sip::Message& request,
                             const domain::Trunk* trunk);

// Makes `call` of call.setup->source_trunk an emergency call when it is one; its numbers, its flag, its
// timers.
bool take_emergency(const Context& context, Call& call);
// Instead of routing it by price. Counts and logs it.
std::optional<Refusal> decide_emergency(Context& context, Call& call);
// Geolocation and the caller's location beside the session description.
struct LocatedBody {
  std::string content_type, body;
};
std::optional<LocatedBody> add_location(const Context& context, const Call& call, sip::Writer& writer,
                                        std::string_view description);

}  // namespace warp::calls
