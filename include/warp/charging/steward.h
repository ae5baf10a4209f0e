// Steward: keeps the leases of this process filled: first grants for calls that wait, top-ups ahead of what
// is spent, idle room given back. One request a customer at a time. On the control loop; the bank is asked by
// coroutines of the TaskGroup.
#pragma once

#include <chrono>
#include <functional>
#include <unordered_map>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/charging/lease_bank.h"
#include "warp/charging/lease_book.h"
#include "warp/net/task_group.h"

namespace warp::charging {

struct StewardSettings {
  Money least_lease = Money::from_nanos(Money::kNanosPerUnit);  // asked for at once
  std::chrono::seconds ahead{10};                               // of spending that a lease is filled for
  std::chrono::milliseconds give_back_interval{10'000};
  std::chrono::milliseconds heartbeat{900'000};  // a lease is renewed, so that nobody takes it for dead
  std::chrono::milliseconds retry{100};          // after a failure, and while others give back
};

class Steward {
 public:
  enum class Outcome : std::uint8_t { Taken, NoFunds, Away };
  struct Waiter {
    CustomerId customer;
    domain::LeaseId lease;  // of a call that has `held` of it already
    Money held, least, most;
    Monotonic until{};
    std::function<void(Outcome, LeaseBook::Taken)> done;
    bool patient = true;  // may wait once more for what others give back
  };

  Steward(LeaseBook& book, LeaseBank& bank, const Clock& clock, IdSource& ids,
          const StewardSettings& settings, metrics::Registry& metrics, log::Logger& log);

  void start(net::TaskGroup& tasks) { tasks_ = &tasks; }
  void enqueue(Waiter waiter);
  // Somebody is short of this customer's money: whatever is idle here goes back.
  void notified(CustomerId customer);
  // Every 50 ms or so: who waited for too long, top-ups, give-back, heartbeats. False: nobody waits, and a
  // few times a second are enough.
  bool tick();
  void stop_asking() { leaving_ = true; }
  // No request is under way.
  bool quiet() const { return asking_ == 0; }
  // Nothing is asked for from now on. The leases of this process: all is given back but what is reserved;
  // closed when `close`. When quiet().
  boost::asio::awaitable<void> leave(bool close);

 private:
  struct Desk {
    std::vector<Waiter> waiters;
    bool busy = false, top_up = false, give = false, give_all = false;
    std::int64_t turn = 0;
    Monotonic not_before{}, asked_at{};
  };

  void attend(CustomerId customer, Desk& desk);
  boost::asio::awaitable<void> serve(CustomerId customer);
  boost::asio::awaitable<void> ask(CustomerId customer, Desk& desk);
  boost::asio::awaitable<void> give_back(CustomerId customer, Desk& desk, Money keep);
  domain::LeaseId lease_of(CustomerId customer);
  LeaseBook::Taken take(const Waiter& waiter);
  void answer(Desk& desk, const store::LeaseGrant& grant);
  void failed(CustomerId customer, Desk& desk, domain::LeaseId lease, const store::Error& error);
  void sweep(Desk& desk, Monotonic now);
  void fill(WallTime now);
  void empty_idle();
  void keep_alive(Monotonic now);

  LeaseBook& book_;
  LeaseBank& bank_;
  const Clock& clock_;
  IdSource& ids_;
  const StewardSettings settings_;
  log::Logger& log_;
  metrics::Counter &granted_, &short_, &failed_, &returned_;
  metrics::Gauge& waiting_;
  net::TaskGroup* tasks_ = nullptr;
  std::unordered_map<CustomerId, Desk> desks_;  // their addresses stay
  std::size_t asking_ = 0;
  Monotonic filled_at_{}, emptied_at_{}, beat_at_{};
  bool failing_ = false, leaving_ = false;
};

}  // namespace warp::charging
