#include "app/daemon.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/allocator.h"
#include "app/config_keys.h"
#include "app/daemon_impl.h"

namespace warp::app {

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

Daemon::Daemon(Config config, std::string config_file)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(config_file))) {}

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
