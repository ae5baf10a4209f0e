// Recovery: leases that earlier processes of this node, and nodes that died for good, left open. A lease goes
// back when everything that its calls cost is in the database: the calls that survived on it have ended, and
// the journal has nothing left to ship.
#pragma once

#include <chrono>
#include <functional>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/charging/lease_bank.h"
#include "warp/charging/lease_book.h"

namespace warp::charging {

struct RecoverySettings {
  // After the start: the calls that survived have taken their holds by then.
  std::chrono::seconds after_start{5};
  std::chrono::seconds dead_node_grace{3600};
  std::chrono::seconds dead_node_interval{60};
};

class Recovery {
 public:
  // `shipped`: nothing of the calls that have ended waits for Postgres.
  Recovery(LeaseBook& book, LeaseBank& bank, const Clock& clock, std::function<bool()> shipped,
           const RecoverySettings& settings, log::Logger& log);

  // Once a second.
  boost::asio::awaitable<void> look();
  bool done() const { return done_; }

 private:
  boost::asio::awaitable<void> close_left_behind();
  boost::asio::awaitable<void> release_dead();

  LeaseBook& book_;
  LeaseBank& bank_;
  const Clock& clock_;
  const std::function<bool()> shipped_;
  const RecoverySettings settings_;
  log::Logger& log_;
  const Monotonic started_;
  Monotonic looked_for_dead_;
  // Leases that nothing was open of at the look before: what a call left in memory then is on disk by now.
  std::unordered_map<domain::LeaseId, unsigned> quiet_;
  bool done_ = false;
};

}  // namespace warp::charging
