// Prober: sends OPTIONS to the endpoints whose policy asks for it, and tells the board what came. On one
// shard, with its transactions and its wheel; everything on that shard's thread.
//
// Who is probed follows the routing snapshot: endpoints that are enabled, of providers and trunks that are
// enabled. A name is located before each probe, and each of its first addresses is probed by itself. First
// probes are spread over an interval, so that a restart does not greet a hundred carriers at once.
#pragma once

#include <memory>

#include "warp/base/log.h"
#include "warp/base/random.h"
#include "warp/calls/health_board.h"
#include "warp/net/timer_wheel.h"
#include "warp/routing/snapshot.h"
#include "warp/sip/transaction/transaction_layer.h"
#include "warp/sip/transport/locator.h"

namespace warp::calls {

class Prober {
 public:
  // All outlive the prober.
  struct Dependencies {
    sip::TransactionLayer& transactions;
    sip::MessageSender& sender;
    net::TimerWheel& wheel;
    Executor& executor;  // of the shard
    const Clock& clock;
    IdSource& ids;  // of the shard
    const routing::SnapshotHolder& snapshots;
    HealthBoard& board;
    sip::Locator* locator = nullptr;  // null: names are not probed
  };
  Prober(const Dependencies& dependencies, unsigned shard, std::string server);
  ~Prober();

  void start();
  // Nothing is sent from now on.
  void stop();
  std::size_t watched() const;  // endpoints

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // timers and look-ups hold it weakly
};

}  // namespace warp::calls
