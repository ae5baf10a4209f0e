// What the daemon is made of. daemon.cpp makes it, joins its parts and starts them; daemon_stop.cpp takes
// them down.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "warp/media/clip_store.h"
#include "warp/media/engine.h"
#include "warp/records/journal.h"
#include "warp/records/shipper.h"
#include "warp/records/store_writer.h"
#include "warp/store/record_repository.h"

#include "app/api_server.h"
#include "app/billing_unit.h"
#include "app/capture_unit.h"
#include "app/catalogue_refresher.h"
#include "app/charging_unit.h"
#include "app/connection_strings.h"
#include "app/daemon.h"
#include "app/daemon_parts.h"
#include "app/dns_unit.h"
#include "app/health.h"
#include "app/health_unit.h"
#include "app/housekeeping_unit.h"
#include "app/imports_unit.h"
#include "app/lifecycle.h"
#include "app/limits_unit.h"
#include "app/live_counters.h"
#include "app/live_unit.h"
#include "app/messaging_unit.h"
#include "app/neighbour_shards.h"
#include "app/node_presence.h"
#include "app/numbers_unit.h"
#include "app/quality_unit.h"
#include "app/recordings_unit.h"
#include "app/records_unit.h"
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

namespace asio = boost::asio;

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

}  // namespace warp::app
