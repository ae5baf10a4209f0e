#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> webhooks_keys(Config& c) {
  using enum Applies;
  auto& webhooks = c.webhooks;
  return {
      flag_key("webhooks.enabled", webhooks.enabled, Restart,
               "this node tells webhook endpoints what happened; at least one node must, once there are "
               "endpoints"),
      number_key("webhooks.at_once", webhooks.at_once, {1, 1'000}, Restart,
                 "webhooks of endpoints under way at once on this node; at most 4 of one endpoint on all"),
      duration_key("webhooks.timeout", webhooks.timeout, {100, 30'000}, Restart,
                   "how long one webhook to an endpoint may take, connection included"),
      text_key(
          "webhooks.ca_file", webhooks.ca_file, Restart,
          "PEM file of the authorities that endpoints' certificates must come from; empty: the system's"),
      flag_key("webhooks.allow_http", webhooks.allow_http, Restart,
               "endpoints may be http://, too: what is said can be read on the way"),
      flag_key("webhooks.allow_private", webhooks.allow_private, Restart,
               "endpoints may be on private or loopback addresses: for tests, or when every customer is "
               "trusted with "
               "the network of this machine"),
  };
}

void check_webhooks(const Config& config, const std::string& file, std::vector<ConfigFault>& faults) {
  check_readable(config.webhooks.ca_file, "webhooks.ca_file", file, faults);
}

void tell_webhooks(const Config& config, api::Settings& settings) {
  settings.webhooks.allow_http = config.webhooks.allow_http;
  settings.webhooks.allow_private = config.webhooks.allow_private;
}

}  // namespace warp::app
