// Recovery: leases that earlier processes of this node, and nodes that died for good, left open. What of a
// lease no call that survived holds goes back as soon as everything that its other calls cost is in the
// database: the records that had ended when the holds were counted are shipped. The lease is closed likewise
// when no call is left on it. Calls of this process that end meanwhile delay neither.
#pragma once

#include <chrono>
#include <functional>

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
  // Whether the records of all calls that had ended when it was made are in Postgres.
  using Shipped = std::function<bool()>;

  Recovery(LeaseBook& book, LeaseBank& bank, const Clock& clock, std::function<Shipped()> mark,
           const RecoverySettings& settings, log::Logger& log);

  // Once a second.
  boost::asio::awaitable<void> look();
  bool done() const { return done_; }

 private:
  boost::asio::awaitable<void> clear_left_behind();
  boost::asio::awaitable<bool> clear(store::LeaseRepository::Open one, LeaseBook::Adopted held);
  boost::asio::awaitable<void> release_dead();

  LeaseBook& book_;
  LeaseBank& bank_;
  const Clock& clock_;
  const std::function<Shipped()> mark_;
  const RecoverySettings settings_;
  log::Logger& log_;
  const Monotonic started_;
  Monotonic looked_for_dead_;
  Shipped shipped_;  // of the mark that was made with `held_`
  LeaseBook::AdoptedLeases held_;
  bool done_ = false;
};

}  // namespace warp::charging
