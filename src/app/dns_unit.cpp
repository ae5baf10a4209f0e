#include "app/dns_unit.h"

namespace warp::app {
namespace {

net::dns::Settings dns_settings(const Config& config) {
  const auto& given = config.dns;
  net::dns::Settings settings;
  settings.servers = given.servers;
  settings.timeout = given.timeout;
  settings.tries = given.tries;
  settings.stale_wait = given.stale_wait;
  settings.hosts_file = given.hosts_file;
  settings.cache.least_ttl = given.cache.least_ttl;
  settings.cache.most_ttl = given.cache.most_ttl;
  settings.cache.most_negative_ttl = given.cache.most_negative_ttl;
  settings.cache.stale = given.cache.stale;
  settings.cache.retry = given.cache.retry;
  settings.cache.entries = given.cache.entries;
  return settings;
}

}  // namespace

DnsUnit::DnsUnit(const Config& config, const Clock& clock, log::Logger& log, metrics::Registry& metrics)
    : loop_("dns", clock, metrics),
      resolver_(loop_, dns_settings(config), metrics, log),
      locator_(resolver_) {}

DnsUnit::~DnsUnit() {
  stop();
}

void DnsUnit::run() {
  thread_ = std::thread([this] { loop_.run(); });
}

void DnsUnit::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

}  // namespace warp::app
