#include "app/daemon.h"

#include <cstring>
#include <future>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/media/clip_store.h"
#include "warp/media/engine.h"
#include "warp/records/journal.h"
#include "warp/records/shipper.h"
#include "warp/records/store_writer.h"
#include "warp/store/record_repository.h"

#include "app/allocator.h"
#include "app/api_server.h"
#include "app/billing_unit.h"
#include "app/capture_unit.h"
#include "app/catalogue_refresher.h"
#include "app/charging_unit.h"
#include "app/config_keys.h"
#include "app/connection_strings.h"
#include "app/dns_unit.h"
#include "app/health.h"
#include "app/health_unit.h"
#include "app/housekeeping_unit.h"
#include "app/imports_unit.h"
#include "app/lifecycle.h"
#include "app/limits_unit.h"
#include "app/live_counters.h"
#include "app/live_unit.h"
#include "app/media_settings.h"
#include "app/messaging_unit.h"
#include "app/neighbour_shards.h"
#include "app/node_presence.h"
#include "app/numbers_unit.h"
#include "app/quality_unit.h"
#include "app/recordings_unit.h"
#include "app/records_unit.h"
#include "app/redis_settings.h"
#include "app/registrar_unit.h"
#include "app/service_notifier.h"
#include "app/shard.h"
#include "app/simulation_unit.h"
#include "app/sip_edge.h"
#include "app/status_server.h"
#include "app/stir_unit.h"
#include "app/survivors.h"
#include "app/webhooks_unit.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

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

// Null: the configuration asks for none.
std::unique_ptr<redis::Client> make_redis(const Config& config, net::Loop& control,
                                          metrics::Registry& metrics, log::Logger& log) {
  if (config.redis.url.empty()) return nullptr;
  return std::make_unique<redis::Client>(control.context().get_executor(), redis_settings(config), metrics,
                                         log);
}

// An anchored call takes six descriptors: as many as the system lets us have.
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

}  // namespace

// Members are in the order of their making; their end is that order turned round.
struct Daemon::Impl {
  Impl(Config given, std::string file)
      : config(std::move(given)),
        config_file(std::move(file)),
        log(config.log),
        health(clock, metrics),
        control("control", clock, metrics),
        tasks(control.context().get_executor(),
              [this](std::string_view task, std::exception_ptr error) { report_lost_task(task, error); }),
        pool(control.context().get_executor(), pool_settings(config), metrics, log),
        redis(make_redis(config, control, metrics, log)),
        catalogue(pool, clock),
        record_repository(pool),
        record_writer(record_repository),
        journal(open_journal(config, clock, metrics, log)),
        shipper(*journal, record_writer, clock, ship_settings(config), metrics, log),
        orphans(journal->recover()),
        media(start_media(config, reserved_ports(orphans), clock, metrics, log)),
        clips({.folder = config.media.clips}, log, metrics),
        refresher({control, clock, catalogue, snapshots, log, metrics}, conninfo(config),
                  config.routing.reconcile_interval,
                  Currency::parse(config.rating.base_currency).value_or(Currency{})),
        messaging(config, conninfo(config), {control, tasks, clock, log, metrics}),
        limits(config, snapshots, clock, log, metrics),
        live(limits.limits(), limits.guard(), clock),
        edge(config, log, metrics),
        dns(config, clock, log, metrics),
        target_health(clock, log, metrics),
        stir(config, {tasks, clock, log, metrics}),
        capture(config, {clock, snapshots, log, metrics}),
        registrar(config, {clock, snapshots, log, metrics, limits.guard()}),
        numbers(config, unit_needs()),
        quality(config, unit_needs()),
        charging(config, unit_needs()),
        records(config, unit_needs(), record_repository),
        imports(config, unit_needs()),
        simulation(config, unit_needs()),
        billing(config, unit_needs()),
        live_unit(config, conninfo(config), unit_needs()),
        webhooks(config, conninfo(config), unit_needs()),
        housekeeping(config, unit_needs()),
        recordings(config, unit_needs()),
        shards(open_shards(config, edge,
                           {clock,
                            edge.commons(),
                            snapshots,
                            *media,
                            *journal,
                            limits.limits(),
                            log,
                            metrics,
                            limits.guard(),
                            &dns.locator(),
                            &target_health.board(),
                            &stir.service(),
                            &capture,
                            &registrar.digest(),
                            &registrar.bindings(),
                            &registrar.credential_calls(),
                            &neighbours,
                            numbers.lookup(),
                            charging.port(),
                            &numbers.places(),
                            &quality.quality(),
                            &clips,
                            recordings.port()})),
        status(control.context().get_executor(), config, health, metrics, clock, log),
        api(config, conninfo(config), shards.front()->listeners(), snapshots, live, target_health,
            messaging.port(), messaging.callbacks(), registrar, numbers.places(), quality.quality(),
            api_ports(), clock, log, metrics),
        lifecycle(control, health, notifier, log, lifecycle_handlers()) {
    declare_health();
    registrar.join(shards);
    neighbours.join(shards);
    live_unit.join(live_node());
  }

  UnitNeeds unit_needs() { return {control, pool, redis.get(), *journal, snapshots, clock, log, metrics}; }
  api::Ports api_ports();
  LiveUnit::Node live_node();
  Lifecycle::Handlers lifecycle_handlers();
  void declare_health();
  void start_units();
  asio::awaitable<void> stop_units();
  void steer_datagrams();
  std::vector<sip::SipTransports*> transports();
  void start();
  void watch_for_ready();
  void reload();
  void report_lost_task(std::string_view task, std::exception_ptr error);
  asio::awaitable<void> become_ready();
  asio::awaitable<void> shut_down();
  void stop_threads();
  std::size_t active_calls() const;
  std::string smpp_address() const;

  Config config;
  const std::string config_file;
  SystemClock clock;
  metrics::Registry metrics;
  log::Logger log;
  ServiceNotifier notifier;
  Health health;
  net::Loop control;
  net::TaskGroup tasks;
  pg::Pool pool;
  std::unique_ptr<redis::Client> redis;
  store::CatalogueRepository catalogue;
  store::RecordRepository record_repository;
  records::StoreWriter record_writer;
  std::unique_ptr<records::Journal> journal;
  records::Shipper shipper;
  std::vector<records::Orphan> orphans;  // until start()
  std::unique_ptr<media::Engine> media;
  media::ClipStore clips;
  routing::SnapshotHolder snapshots;
  CatalogueRefresher refresher;
  MessagingUnit messaging;
  LimitsUnit limits;
  LiveCounters live;
  SipEdge edge;
  DnsUnit dns;
  HealthUnit target_health;
  StirUnit stir;
  CaptureUnit capture;
  RegistrarUnit registrar;
  NumbersUnit numbers;
  QualityUnit quality;
  ChargingUnit charging;
  RecordsUnit records;
  ImportsUnit imports;
  SimulationUnit simulation;
  BillingUnit billing;
  LiveUnit live_unit;
  WebhooksUnit webhooks;
  HousekeepingUnit housekeeping;
  RecordingsUnit recordings;
  NeighbourShards neighbours;
  std::vector<std::unique_ptr<Shard>> shards;
  std::unique_ptr<NodePresence> presence;
  StatusServer status;
  ApiServer api;
  Lifecycle lifecycle;
  std::promise<void> drained;  // shut_down() has done its part
  std::thread control_thread;
  std::thread steering;  // the kernel takes half a second to verify the program: calls do not wait for it
};

api::Ports Daemon::Impl::api_ports() {
  api::Ports ports;
  ports.redis = redis.get();
  ports.hub = live_unit.hub();
  ports.calls = live_unit.calls();
  ports.nodes = live_unit.nodes();
  ports.recordings = recordings.files();
  ports.clips = &clips;
  return ports;
}

LiveUnit::Node Daemon::Impl::live_node() {
  return {.shards = &shards,
          .capture = &capture,
          .drain =
              [this](bool on) {
                if (health.phase() == Phase::Draining) return;  // the daemon is on its way out
                health.hold(on);
                for (auto& shard : shards)
                  shard->engine().set_admission(on ? calls::Admission::Draining : calls::Admission::Ready);
              },
          .active_calls = [this] { return active_calls(); },
          .phase = [this] { return health.phase(); }};
}

Lifecycle::Handlers Daemon::Impl::lifecycle_handlers() {
  return {
      .drain_timeout = [this] { return config.lifecycle.drain_timeout; },
      .refuse_new_calls =
          [this] {
            for (auto& shard : shards)
              shard->engine().set_admission(calls::Admission::Draining);
            registrar.leave();
            tasks.spawn("messaging.drain", messaging.drain());  // beside the calls
          },
      .active_calls = [this] { return active_calls(); },
      .end_all_calls =
          [this] {
            for (auto& shard : shards)
              shard->loop().post(
                  [&engine = shard->engine()] { engine.end_all(domain::Reason::DaemonStopping); });
          },
      .reload = [this] { reload(); },
      .shut_down = [this] { return shut_down(); },
  };
}

void Daemon::Impl::report_lost_task(std::string_view task, std::exception_ptr error) {
  std::string what = "unknown exception";
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
  }
  log.error("app.task_failed", {{"task", task}, {"error", what}});
}

std::size_t Daemon::Impl::active_calls() const {
  std::size_t count = 0;
  for (const auto& shard : shards)
    count += shard->engine().active_calls();
  return count;
}

std::string Daemon::Impl::smpp_address() const {
  const auto addresses = messaging.addresses();
  return addresses.empty() ? "off" : addresses.front().to_string();
}

void Daemon::Impl::declare_health() {
  health.add_part("snapshot", true, [this] { return snapshots.current() != nullptr; });
  health.add_part("journal", true, [this] { return journal->writable(); });
  health.add_part("postgres", false, [this] { return pool.healthy(); });
  if (redis) health.add_part("redis", false, [this] { return redis->healthy(); });
  health.watch("control", control);
  for (auto& shard : shards)
    health.watch(shard->loop().name(), shard->loop());
  api.watch(health);
  dns.watch(health);
  messaging.watch(health);
}

std::vector<sip::SipTransports*> Daemon::Impl::transports() {
  std::vector<sip::SipTransports*> all;
  for (auto& shard : shards)
    all.push_back(shard->transports());
  return all;
}

void Daemon::Impl::steer_datagrams() {
  if (const auto error = sip::SipTransports::steer(transports()))
    log.info("app.not_steered",
             {{"error", error.message()},
              {"effect", "datagrams of other shards are handed over in user space, at some cost of CPU"},
              {"cure", "give the daemon CAP_BPF"}});
}

void Daemon::Impl::start() {
  const auto all = transports();
  for (auto& shard : shards)
    shard->start(all);
  pool.start();
  hand_out(std::move(orphans), shards, *media, log);
  dns.run();
  target_health.start_probes(*shards.front(), config, clock, snapshots, dns.locator());
  capture.run();
  for (auto& shard : shards)
    shard->run();
  api.run();
  refresher.start(tasks);
  messaging.run();
  tasks.spawn("records.ship", shipper.run());
  start_units();
  tasks.spawn("become_ready", become_ready());
  limits.start(tasks, redis.get(), [this] {
    for (auto& shard : shards)
      shard->loop().post([&engine = shard->engine()] { engine.audit_limits(); });
  });
  if (redis) {
    redis->start();
    presence = std::make_unique<NodePresence>(*redis, [this] { return active_calls(); });
    tasks.spawn("presence", presence->run());
  }
  registrar.start(tasks, redis.get());
  lifecycle.start(tasks);
  steering = std::thread([this] { steer_datagrams(); });
}

void Daemon::Impl::start_units() {
  numbers.start(tasks);
  quality.start(tasks);
  charging.start(tasks);
  records.start(tasks);
  imports.start(tasks);
  simulation.start(tasks);
  billing.start(tasks);
  live_unit.start(tasks);
  webhooks.start(tasks);
  housekeeping.start(tasks);
  recordings.start(tasks);
}

asio::awaitable<void> Daemon::Impl::stop_units() {
  co_await recordings.stop();
  co_await housekeeping.stop();
  co_await webhooks.stop();
  co_await live_unit.stop();
  co_await billing.stop();
  co_await simulation.stop();
  co_await imports.stop();
  co_await records.stop();
  co_await charging.stop();
  co_await quality.stop();
  co_await numbers.stop();
}

asio::awaitable<void> Daemon::Impl::become_ready() {
  asio::steady_timer timer(control.context());
  while (snapshots.current() == nullptr) {
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (health.phase() != Phase::Starting) co_return;
  health.set_phase(Phase::Ready);
  notifier.ready();
  log.info("app.ready", {{"version", WARP_VERSION},
                         {"allocator", allocator()},
                         {"sip", shards.front()->listeners().front().bind.to_string()},
                         {"shards", shards.size()},
                         {"api", config.api.bind.to_string()},
                         {"smpp", smpp_address()}});
}

void Daemon::Impl::reload() {
  auto loaded = load_config(config_file);
  if (!loaded.faults.empty()) {
    for (const auto& fault : loaded.faults)
      log.error("app.reload_refused", {{"fault", fault.to_string()}});
    return;
  }
  const auto changes = compare(config, loaded.config);
  log.reopen();
  config.log.level = loaded.config.log.level;
  log.set_level(config.log.level);
  config.lifecycle.drain_timeout = loaded.config.lifecycle.drain_timeout;
  config.sip.max_calls = loaded.config.sip.max_calls;
  for (auto& shard : shards)
    shard->engine().set_max_calls(max_calls_of_a_shard(config));
  messaging.reload_tls();
  config.sip.tls_profiles = loaded.config.sip.tls_profiles;
  edge.reload_tls(config.sip.tls_profiles);
  config.stir = loaded.config.stir;
  stir.reload(config);
  clips.reload();
  for (const auto& key : changes.live)
    log.info("app.reloaded", {{"key", key}});
  for (const auto& key : changes.restart)
    log.warning("app.reload_needs_restart",
                {{"key", key}, {"effect", "the old value stays until the next start"}});
  if (changes.live.empty() && changes.restart.empty()) log.info("app.reloaded", {{"changes", 0}});
}

asio::awaitable<void> Daemon::Impl::shut_down() {
  api.stop();
  co_await status.stop();
  refresher.stop();
  co_await messaging.drained();
  // The last records: on disk first, then to Postgres if it is there.
  journal->flush(std::chrono::seconds(5));
  asio::steady_timer timer(control.context());
  for (int i = 0; i < 100 && journal->backlog() > 0 && pool.healthy(); ++i) {
    timer.expires_after(std::chrono::milliseconds(50));
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (journal->backlog() > 0)
    log.warning("app.records_left", {{"records", journal->backlog()},
                                     {"effect", "they stay in the journal and are sent at the next start"}});
  co_await stop_units();
  if (redis) {
    co_await presence->leave();
    co_await limits.leave();
    co_await redis->close();
  }
  co_await pool.close();
  drained.set_value();
}

// What still runs is told to end before anything that it uses goes.
void Daemon::Impl::stop_threads() {
  if (steering.joinable()) steering.join();
  for (auto& shard : shards)
    shard->stop();
  capture.stop();
  target_health.stop_probes();
  dns.stop();
  messaging.stop();
  if (!control_thread.joinable()) return;
  tasks.cancel();
  tasks.wait(std::chrono::seconds(10));
  control.stop();
  control_thread.join();
}

Daemon::Daemon(Config config, std::string config_file)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(config_file))) {}

Daemon::~Daemon() {
  impl_->stop_threads();
  impl_->registrar.part();
}

const metrics::Registry& Daemon::metrics() const {
  return impl_->metrics;
}

int Daemon::run() {
  raise_descriptor_limit();
  impl_->status.listen();
  impl_->api.listen();
  impl_->messaging.listen();
  impl_->control.post([impl = impl_.get()] { impl->start(); });
  impl_->control_thread = std::thread([impl = impl_.get()] { impl->control.run(); });
  impl_->drained.get_future().wait();
  impl_->stop_threads();
  impl_->log.info("app.stopped");
  return 0;
}

}  // namespace warp::app
