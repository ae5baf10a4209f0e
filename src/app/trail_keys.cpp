#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> trail_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kDay = 86'400'000;
  return {
      duration_key("audit.keep", c.trail.keep, {30 * kDay, 3'660 * kDay}, Restart,
                   "how long events of the audit trail are kept after they were sealed; 30 days at least"),
  };
}

void check_trail(const Config&, const std::string&, std::vector<ConfigFault>&) {}

void tell_trail(const Config&, api::Settings&) {}

}  // namespace warp::app
