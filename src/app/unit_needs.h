// UnitNeeds: what the units of the control loop work with. All of it outlives them.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/net/loop.h"
#include "warp/pg/pool.h"
#include "warp/records/journal.h"
#include "warp/redis/client.h"
#include "warp/routing/snapshot.h"

namespace warp::app {

struct UnitNeeds {
  net::Loop& control;
  pg::Pool& pool;
  redis::Client* redis;  // null: there is none
  const records::Journal& journal;
  const routing::SnapshotHolder& snapshots;
  const Clock& clock;
  log::Logger& log;
  metrics::Registry& metrics;
};

}  // namespace warp::app
