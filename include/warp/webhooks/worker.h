// Worker: takes deliveries that are due and tells their endpoints, some at once and few of one endpoint. What
// a node that died had taken is taken again when its hold is over: the receiver sees the same webhook-id.
//
// On one loop. Metrics: warp_webhooks_delivered_total, _failed_total, _dead_total, _seconds, _under_way.
#pragma once

#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/net/task_group.h"
#include "warp/store/webhooks.h"
#include "warp/webhooks/sender.h"

namespace warp::webhooks {

struct WorkerSettings {
  std::string name;  // of this process, among all that work
  std::uint32_t at_once = 64;
  std::uint32_t of_one = 4;  // endpoint, over all nodes
  std::chrono::seconds hold{60};
};

struct WorkerMetrics {
  explicit WorkerMetrics(metrics::Registry& registry);  // as often as one likes: a registry has one of each

  metrics::Counter& delivered;
  metrics::Counter& failed;
  metrics::Counter& dead;
  metrics::Histogram& seconds;
  metrics::Gauge& at_work;
};

class Worker {
 public:
  struct Needs {
    pg::Pool& pool;
    http::Client& client;
    net::TaskGroup& tasks;
    const Clock& clock;
    IdSource& ids;
    log::Logger& log;
    metrics::Registry& metrics;
  };
  // `on_free` is called when an attempt ended and there is room for more.
  Worker(Needs needs, WorkerSettings settings, std::function<void()> on_free);

  // Begins what there is room for; how many.
  boost::asio::awaitable<std::size_t> work_once();
  std::size_t under_way() const { return under_way_; }

 private:
  boost::asio::awaitable<void> tell(store::WebhookQueue::Due due);
  void count(const store::WebhookQueue::Attempt& attempt, const std::string& state);

  store::WebhookQueue queue_;
  Sender sender_;
  net::TaskGroup& tasks_;
  IdSource& ids_;
  log::Logger& log_;
  const WorkerSettings settings_;
  const std::function<void()> on_free_;
  const WorkerMetrics metrics_;
  std::size_t under_way_ = 0;
};

}  // namespace warp::webhooks
