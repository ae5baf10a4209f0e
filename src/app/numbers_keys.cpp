#include "warp/domain/address.h"
#include "warp/http/url.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> numbers_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  auto& telique = c.numbers.telique;
  return {
      text_key(
          "numbers.telique.url", telique.url, Restart,
          "base URL of the Telique telecom-data API, such as https://api.telique.ringer.tel/v1/telique, "
          "which "
          "numbers of calls are looked up at; http:// on this machine alone. Empty: nothing is looked up"),
      secret_key("numbers.telique.token", telique.token,
                 "API token of the account there, as {file: PATH} or {env: NAME}; without it 10 questions a "
                 "minute are answered"),
      duration_key("numbers.telique.timeout", telique.timeout, {50, 10'000}, Restart,
                   "how long a call waits for its look-ups, all together"),
      number_key(
          "numbers.telique.calls_per_second", telique.calls_per_second, {1, 100'000}, Restart,
          "questions a second at most; what is more is not asked, and the trunk says what becomes of the "
          "call"),
      number_key("numbers.telique.connections", telique.connections, {1, 1'000}, Restart,
                 "connections that are kept open to it at most"),
      duration_key("numbers.telique.cache", telique.cache, {0, 24 * kHour}, Restart,
                   "how long an LRN, a do-not-originate answer and a toll-free carrier are remembered, also "
                   "that there "
                   "is none"),
      duration_key("numbers.telique.cnam_cache", telique.cnam_cache, {0, 31 * 24 * kHour}, Restart,
                   "how long the name of a caller is remembered"),
      number_key("numbers.telique.cache_entries", telique.cache_entries, {512, 1 << 20}, Restart,
                 "answers that are remembered at most, rounded down to a power of two; 40 octets each"),
      number_key("numbers.telique.breaker_failures", telique.breaker_failures, {1, 10'000}, Restart,
                 "failures in a row after which nothing is asked for a while"),
      duration_key("numbers.telique.breaker_rest", telique.breaker_rest, {100, kHour}, Restart,
                   "how long that is; then one question looks whether it is back"),
      text_key("numbers.telique.ca_file", telique.ca_file, Restart,
               "PEM file of the authorities that its certificate must come from; empty: the system's"),
  };
}

void check_numbers(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& telique = c.numbers.telique;
  check_readable(telique.ca_file, "numbers.telique.ca_file", file, faults);
  if (telique.url.empty()) return;
  const auto url = http::Url::parse(telique.url);
  if (!url) {
    faults.push_back(
        {file, 0, "numbers.telique.url", "is no http or https URL", "write https://host/v1/telique"});
    return;
  }
  const auto ip = domain::IpAddress::parse(url->host);
  const bool here = url->host == "localhost" ||
                    (ip && (ip->v6 ? *ip == *domain::IpAddress::parse("::1") : ip->bytes[0] == 127));
  if (!url->secure && !here)
    faults.push_back({file, 0, "numbers.telique.url",
                      "would send the token and the numbers of calls in the clear", "write https://"});
  if (url->target.find('?') != std::string::npos)
    faults.push_back(
        {file, 0, "numbers.telique.url", "has a query", "end it with the path, such as /v1/telique"});
}

}  // namespace warp::app
