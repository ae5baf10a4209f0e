#include <utility>

#include "warp/redis/url.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> storage_keys(Config& c) {
  using enum Applies;
  return {
      text_key("postgres.dsn", c.postgres.dsn, Restart,
               "libpq connection string of the daemon's role, without the password"),
      secret_key("postgres.password", c.postgres.password, "password for it, as {file: PATH} or {env: NAME}"),
      text_key(
          "postgres.migration_dsn", c.postgres.migration_dsn, Restart,
          "libpq connection string of the schema's owner, for `warpd migrate` alone; empty: the same as dsn"),
      number_key("postgres.pool_size", c.postgres.pool_size, {1, 200}, Restart,
                 "connections kept to Postgres"),

      text_key("redis.url", c.redis.url, Restart,
               "redis://host:port/db, rediss:// for TLS, or unix:///path; empty: work without Redis"),
      secret_key("redis.password", c.redis.password, "password for it, as {file: PATH} or {env: NAME}"),
      flag_key("redis.tls.enabled", c.redis.tls.enabled, Restart,
               "TLS where redis.url says redis://; rediss:// has it anyway"),
      text_key(
          "redis.tls.ca_file", c.redis.tls.ca_file, Restart,
          "PEM file of the authorities that the server's certificate must come from; empty: the system's"),
      text_key("redis.tls.certificate_file", c.redis.tls.certificate_file, Restart,
               "PEM chain that we show to the server; empty: none"),
      text_key("redis.tls.key_file", c.redis.tls.key_file, Restart, "PEM key of that certificate"),
      text_key(
          "redis.tls.server_name", c.redis.tls.server_name, Restart,
          "name or address that the server's certificate must be good for; empty: the host of redis.url"),

      text_key(
          "records.journal_dir", c.records.journal_dir, Restart,
          "where detail records are made durable before anything else; a local disk, owned by this process"),
      number_key("records.segment_octets", c.records.segment_octets, {1u << 16, 1ull << 32}, Restart,
                 "size at which a journal file is closed and the next one begun"),
      duration_key("records.ship_interval", c.records.ship_interval, {10, 60'000}, Restart,
                   "how often records are sent on from the journal to Postgres"),
      number_key("records.ship_batch", c.records.ship_batch, {1, 20'000}, Restart,
                 "records sent to Postgres in one transaction at the most"),

      duration_key(
          "calls.recovery_window", c.calls.recovery_window, {0, 60'000}, Restart,
          "answered calls go on after a restart when the process before died no longer ago than this; "
          "others are ended and recorded. 0: all are"),
  };
}

void check_redis(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& tls = c.redis.tls;
  const auto fault = [&](const char* key, std::string problem, const char* cure) {
    faults.push_back({file, 0, key, std::move(problem), cure});
  };
  const bool given = !(tls.ca_file + tls.certificate_file + tls.key_file + tls.server_name).empty();
  if (c.redis.url.empty()) {
    if (given || tls.enabled)
      fault("redis.tls", "is set without a Redis", "set redis.url, or remove redis.tls");
    return;
  }
  const auto url = redis::parse_url(c.redis.url);
  if (!url) {
    auto why = url.error();
    if (why.ends_with('.')) why.pop_back();
    return fault("redis.url", "cannot be used: " + why,
                 "write redis://host:port/db, rediss://host:port/db for TLS, or unix:///path");
  }
  if (tls.enabled && url->transport == redis::Transport::Unix)
    fault(
        "redis.tls.enabled", "asks for TLS on a unix socket",
        "a socket of this machine needs none: remove redis.tls, or write rediss://host:port into redis.url");
  else if (given && !tls.enabled && url->transport != redis::Transport::Tls)
    fault("redis.tls", "is set, but the connection would not be encrypted",
          "write rediss:// instead of redis:// in redis.url, or remove redis.tls");
  check_readable(tls.ca_file, "redis.tls", file, faults);
  check_key_pair(tls.certificate_file, tls.key_file, "redis.tls", file, faults);
}

}  // namespace warp::app
