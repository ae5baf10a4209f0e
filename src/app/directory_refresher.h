// DirectoryRefresher: keeps what is provisioned for messaging as new as the database.
//
// A NOTIFY on warp_messaging, a (re)connected listener or the reconciliation interval starts a round: read
// the catalogue in one transaction, compile aside, hand the directory on. Notifications that come during a
// round make one more round, never a queue of them; a STOP is a change too, so rounds keep a distance. When
// Postgres is away the last directory stays, and the age metric grows.
//
// Lives on the control loop, where `publish` is called; compiles on a thread of its own.
// Metrics: warp_sms_directory_loads_total{result}, warp_sms_directory_age_seconds.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/messaging/directory.h"
#include "warp/net/loop.h"
#include "warp/net/task_group.h"
#include "warp/pg/listener.h"
#include "warp/store/messaging_catalogue.h"

namespace warp::app {

class DirectoryRefresher {
 public:
  using Publish = std::function<void(std::shared_ptr<const messaging::Directory> directory)>;
  struct Needs {
    net::Loop& control;
    const Clock& clock;
    pg::Pool& pool;
    log::Logger& log;
    metrics::Registry& metrics;
  };
  DirectoryRefresher(const Needs& needs, const std::string& conninfo, std::chrono::seconds reconcile_interval,
                     Publish publish);
  ~DirectoryRefresher();

  void start(net::TaskGroup& tasks);
  void stop();  // nothing is published any more

 private:
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> pause(std::chrono::milliseconds delay);
  boost::asio::awaitable<bool> load_once();  // false: to be tried again
  void wake();

  Needs needs_;
  store::MessagingCatalogueRepository repository_;
  const std::chrono::seconds reconcile_interval_;
  Publish publish_;
  metrics::Counter& loaded_;
  metrics::Counter& failed_;
  metrics::Gauge& age_;
  std::atomic<Monotonic::rep> loaded_at_{0};  // when the last load began, for scrapes; 0: never
  boost::asio::thread_pool builder_{1};
  boost::asio::steady_timer due_;  // expires when a round is due; cancelled to wake at once
  bool wanted_ = true;             // control loop only, as all below
  bool resting_ = false;
  bool failing_ = false;
  bool stopping_ = false;
  pg::Listener listener_;
};

}  // namespace warp::app
