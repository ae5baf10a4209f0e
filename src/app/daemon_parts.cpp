#include "app/daemon_parts.h"

#include <cstring>
#include <stdexcept>
#include <sys/resource.h>

#include "app/connection_strings.h"
#include "app/media_settings.h"
#include "app/redis_settings.h"

namespace warp::app {

std::unique_ptr<records::Journal> open_journal(const Config& config, const Clock& clock,
                                               metrics::Registry& metrics, log::Logger& log) {
  records::JournalSettings settings;
  settings.segment_octets = config.records.segment_octets;
  auto storage = records::posix_storage(config.records.journal_dir);
  if (!storage)
    throw std::runtime_error("cannot use " + config.records.journal_dir + " for the journal: " +
                             std::strerror(static_cast<int>(storage.error())) + "; see records.journal_dir");
  auto journal = records::Journal::open(std::move(*storage), settings, clock, metrics, log);
  if (!journal)
    throw std::runtime_error("cannot read the journal in " + config.records.journal_dir + ": " +
                             std::strerror(static_cast<int>(journal.error())));
  return std::move(*journal);
}

std::unique_ptr<media::Engine> start_media(const Config& config, std::vector<media::ReservedPort> reserved,
                                           const Clock& clock, metrics::Registry& metrics, log::Logger& log) {
  auto settings = media_settings(config);
  settings.reserved = std::move(reserved);
  auto engine = media::Engine::start(settings, clock, metrics, &log);
  if (!engine)
    throw std::runtime_error("cannot start the media engine: " + std::string(to_string(engine.error())) +
                             "; see media.interfaces, media.ports and media.kernel");
  return std::move(*engine);
}

records::ShipperSettings ship_settings(const Config& config) {
  records::ShipperSettings settings;
  settings.interval = config.records.ship_interval;
  settings.batch = config.records.ship_batch;
  return settings;
}

pg::PoolSettings pool_settings(const Config& config) {
  pg::PoolSettings settings;
  settings.conninfo = conninfo(config);
  settings.size = config.postgres.pool_size;
  return settings;
}

std::unique_ptr<redis::Client> make_redis(const Config& config, net::Loop& control,
                                          metrics::Registry& metrics, log::Logger& log) {
  if (config.redis.url.empty()) return nullptr;
  return std::make_unique<redis::Client>(control.context().get_executor(), redis_settings(config), metrics,
                                         log);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::unique_ptr<Shard>> open_shards(const Config& config, const SipEdge& edge,
                                                const ShardNeeds& needs) {
  auto transports = edge.settings();
  std::vector<std::unique_ptr<Shard>> shards;
  for (unsigned i = 0; i < config.sip.shards; ++i) {
    shards.push_back(std::make_unique<Shard>(i, config, transports, needs));
    // Port 0 becomes a real one with the first shard; the others share it.
    transports.listeners = shards.front()->listeners();
  }
  return shards;
}

}  // namespace warp::app
