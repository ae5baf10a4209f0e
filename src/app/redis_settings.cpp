#include "app/redis_settings.h"

#include <stdexcept>

namespace warp::app {

redis::Settings redis_settings(const Config& config) {
  const auto& given = config.redis;
  auto url = redis::parse_url(given.url);
  if (!url) throw std::runtime_error("redis.url: " + url.error());
  if (given.tls.enabled && url->transport == redis::Transport::Tcp) url->transport = redis::Transport::Tls;
  redis::Settings settings;
  settings.url = std::move(*url);
  settings.password = given.password.value;
  settings.tls = {given.tls.ca_file, given.tls.certificate_file, given.tls.key_file, given.tls.server_name};
  return settings;
}

}  // namespace warp::app
