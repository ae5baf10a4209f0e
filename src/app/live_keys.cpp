#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> live_keys(Config& c) {
  using enum Applies;
  return {
      number_key(
          "live.connections", c.live.connections, {1, 100'000}, Restart,
          "WebSockets and event streams of the API at once; further ones get 503 or the close code 1013"),
      number_key("live.customer_connections", c.live.customer_connections, {1, 100'000}, Restart,
                 "those of one customer"),
      duration_key("live.calls_interval", c.live.calls_interval, {50, 60'000}, Restart,
                   "how often it is looked what has become of calls; at most a second, 3 ms a call at least"),
  };
}

void check_live(const Config&, const std::string&, std::vector<ConfigFault>&) {}

void tell_live(const Config& config, api::Settings& settings) {
  settings.live.connections = config.live.connections;
  settings.live.customer_connections = config.live.customer_connections;
}

}  // namespace warp::app
