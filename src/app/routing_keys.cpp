#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> routing_keys(Config& c) {
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      duration_key("routing.reconcile_interval", c.routing.reconcile_interval, {1'000, kHour},
                   Applies::Restart,
                   "how often the routing snapshot is built anew even when no change was announced"),
      duration_key("routing.quality_interval", c.quality.interval, {1'000, kHour}, Applies::Restart,
                   "how often the qualities of routes are read from the hours of the last day"),
  };
}

}  // namespace warp::app
