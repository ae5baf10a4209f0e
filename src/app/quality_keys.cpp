#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> quality_keys(Config& c) {
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      duration_key("routing.quality_interval", c.quality.interval, {1'000, kHour}, Applies::Restart,
                   "how often the qualities of routes are read from the hours of the last day"),
  };
}

void check_quality(const Config&, const std::string&, std::vector<ConfigFault>&) {}

}  // namespace warp::app
