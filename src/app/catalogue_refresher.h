// CatalogueRefresher: keeps the routing snapshot as new as the database.
//
// A NOTIFY on warp_catalogue, a (re)connected listener or the reconciliation interval starts a round: read
// the catalogue in one transaction, compile aside on the builder thread, swap the pointer. Notifications that
// come during a round make one more round, never a queue of them. When Postgres is away the last snapshot
// stays, and the age metric grows.
//
// What begins or ends by itself (a contract, a schedule, a line, a rate of exchange) is compiled ahead of its
// moment and published at it: Upcoming says when.
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

// The snapshot to come: what is in force changes at `at`, and `next` is what it will be. Pure.
class Upcoming {
 public:
  // Of the snapshot that is in force now.
  void plan(const routing::Snapshot& current, WallTime now);
  void put(std::shared_ptr<const routing::Snapshot> next) { next_ = std::move(next); }

  // It is time to compile the next one for at(), which comes within `ahead`.
  bool wanted(WallTime now, std::chrono::milliseconds ahead) const;
  // The one to publish now; null: none, or not yet.
  std::shared_ptr<const routing::Snapshot> due(WallTime now);
  WallTime at() const { return at_; }
  // Until something has to be done; at most `longest`.
  std::chrono::milliseconds wait(WallTime now, std::chrono::milliseconds ahead,
                                 std::chrono::milliseconds longest) const;

 private:
  WallTime at_ = WallTime::max();
  std::shared_ptr<const routing::Snapshot> next_;
};

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
  CatalogueRefresher(const Needs& needs, const std::string& conninfo, std::chrono::seconds reconcile_interval,
                     Currency base = {});
  ~CatalogueRefresher();

  void start(net::TaskGroup& tasks);
  void stop();

 private:
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> pause(std::chrono::milliseconds delay);
  boost::asio::awaitable<bool> build_once();  // false: to be tried again
  boost::asio::awaitable<void> compile_ahead();
  void publish_due();
  void wake();
  void record(const routing::Snapshot& snapshot, double seconds);

  Needs needs_;
  SnapshotMetrics metrics_;
  const std::chrono::seconds reconcile_interval_;
  const Currency base_;  // of the rates of exchange
  boost::asio::thread_pool builder_{1};
  boost::asio::steady_timer due_;  // expires when a round is due; cancelled to wake at once
  std::shared_ptr<const domain::Catalogue> catalogue_;  // lends its decks to the next load
  Upcoming upcoming_;
  bool wanted_ = true;  // control loop only
  bool failing_ = false;
  bool stopping_ = false;
  pg::Listener listener_;
};

}  // namespace warp::app
