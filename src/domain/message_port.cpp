#include "warp/domain/message_port.h"

#include <array>

namespace warp::domain {

std::string_view to_string(RouteStanding standing) {
  constexpr std::array<std::string_view, 10> kNames{
      "candidate",  "unhealthy", "connector_disabled", "other_sender", "other_keyword",
      "other_time", "hidden",    "other_carrier",      "low_quality",  "other_protocol"};
  return kNames[static_cast<std::size_t>(standing)];
}

}  // namespace warp::domain
