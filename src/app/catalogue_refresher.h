// CatalogueRefresher: keeps the routing snapshot as new as the database.
//
// A NOTIFY on warp_catalogue, a (re)connected listener or the reconciliation interval starts a round: read
// the catalogue in one transaction, compile aside on the builder thread, swap the pointer. Notifications that
// come during a round make one more round, never a queue of them. When Postgres is away the last snapshot
// stays, and the age metric grows.
//
// Lives on the control loop; compile() runs on `builder`.
// Metrics: warp_app_snapshot_builds_total{result}, _build_seconds, _age_seconds, _version,
// warp_app_snapshot_rows{kind}.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/net/loop.h"
#include "warp/net/task_group.h"
#include "warp/pg/listener.h"
#include "warp/routing/snapshot.h"
#include "warp/store/catalogue_repository.h"

#include "app/snapshot_metrics.h"

namespace warp::app {

class CatalogueRefresher {
 public:
  struct Needs {
    net::Loop& control;
    const Clock& clock;
    store::CatalogueRepository& repository;
    routing::SnapshotHolder& snapshots;
    log::Logger& log;
    metrics::Registry& metrics;
  };
  CatalogueRefresher(const Needs& needs, const std::string& conninfo,
                     std::chrono::seconds reconcile_interval);
  ~CatalogueRefresher();

  void start(net::TaskGroup& tasks);
  void stop();

 private:
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> pause(std::chrono::milliseconds delay);
  boost::asio::awaitable<bool> build_once();  // false: to be tried again
  void wake();
  void record(const routing::Snapshot& snapshot, double seconds);

  Needs needs_;
  SnapshotMetrics metrics_;
  const std::chrono::seconds reconcile_interval_;
  boost::asio::thread_pool builder_{1};
  boost::asio::steady_timer due_;  // expires when a round is due; cancelled to wake at once
  std::shared_ptr<const domain::Catalogue> catalogue_;  // lends its decks to the next load
  bool wanted_ = true;                                  // control loop only
  bool failing_ = false;
  bool stopping_ = false;
  pg::Listener listener_;
};

}  // namespace warp::app
