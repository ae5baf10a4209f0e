// LimitsUnit: limits and the guard of all shards, with what keeps them right: the audit, the sharing with
// other nodes, the sweep of bans. Its tasks run on the control loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "warp/calls/guard.h"
#include "warp/calls/limit_cluster.h"
#include "warp/calls/limits.h"
#include "warp/net/task_group.h"
#include "warp/redis/client.h"
#include "warp/routing/snapshot.h"

#include "app/config.h"
#include "app/limit_exchange.h"

namespace warp::app {

class LimitsUnit {
 public:
  LimitsUnit(const Config& config, const routing::SnapshotHolder& snapshots, const Clock& clock,
             log::Logger& log, metrics::Registry& metrics);

  calls::Limits& limits() { return limits_; }
  calls::Guard& guard() { return guard_; }

  // `audit_shards` has every shard audit itself. `redis`: null when there is none.
  void start(net::TaskGroup& tasks, redis::Client* redis, std::function<void()> audit_shards);
  // Tells the other nodes that this one uses nothing any more.
  boost::asio::awaitable<void> leave();

 private:
  boost::asio::awaitable<void> keep();
  boost::asio::awaitable<void> share();

  const Config::Limits settings_;
  calls::Limits limits_;
  calls::Guard guard_;
  std::function<void()> audit_shards_;
  calls::LimitCluster cluster_;
  std::optional<LimitExchange> exchange_;
  bool left_ = false;
};

}  // namespace warp::app
