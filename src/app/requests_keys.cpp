#include <algorithm>

#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> requests_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kDay = 86'400'000;
  return {
      number_key(
          "api.customer_requests_per_second", c.requests.customer_requests_per_second, {1, 10'000'000},
          Restart,
          "requests a second of all keys and sessions of a customer together, on all nodes; above it 429"),
      flag_key("api.gzip", c.requests.gzip, Restart,
               "answers of 1 KiB and more are compressed for clients that take it"),
      duration_key("api.idempotency_keep", c.requests.idempotency_keep, {kDay, 90 * kDay}, Restart,
                   "how long a repeat with the same Idempotency-Key gets the first answer"),
  };
}

void check_requests(const Config&, const std::string&, std::vector<ConfigFault>&) {}

// A customer has at least what one of its keys has.
void tell_requests(const Config& c, api::Settings& settings) {
  const auto rate = std::max(c.requests.customer_requests_per_second, c.api.requests_per_second);
  settings.customer_rate = {rate, rate};
  settings.requests.gzip = c.requests.gzip;
  settings.requests.idempotency_keep = c.requests.idempotency_keep;
}

}  // namespace warp::app
