#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> log_keys(Config& c) {
  using enum Applies;
  return {
      format_key("log.format", c.log.format, "text for people, json for machines"),
      level_key("log.level", c.log.level, Live,
                "the least level that is written: debug, info, warning, error"),
      text_key("log.file", c.log.file, Restart,
               "a file to write to (reopened on SIGHUP, for rotation); empty: standard error"),
  };
}

std::vector<Key> server_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  return {
      address_key("api.bind", c.api.bind, "address of the REST API"),
      text_key("api.tls.certificate_file", c.api.tls_certificate_file, Restart,
               "PEM chain for HTTPS; empty: plain HTTP, which belongs on loopback or behind a proxy"),
      text_key("api.tls.key_file", c.api.tls_key_file, Restart, "PEM key of that certificate"),
      secret_key("api.bootstrap_key", c.api.bootstrap_key,
                 "an operator key that works before any is stored, as {file: PATH} or {env: NAME}; remove it "
                 "once you "
                 "have created one"),
      number_key("api.requests_per_second", c.api.requests_per_second, {1, 1'000'000}, Restart,
                 "requests a second that one API key may make; above it 429"),

      address_key("health.bind", c.health.bind, "address of /health and /ready"),
      address_key("metrics.bind", c.metrics.bind, "address of /metrics (Prometheus text)"),

      duration_key("lifecycle.drain_timeout", c.lifecycle.drain_timeout, {0, 24 * kHour}, Live,
                   "how long SIGTERM lets calls go on before it ends them"),
  };
}

}  // namespace warp::app
