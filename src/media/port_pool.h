// PortPool: the pairs of one local address. Numbers are handed out in random order; a pair, once bound,
// stays bound and with its worker for good, so that taking one costs no system call. Thread-safe; sockets are
// bound outside the mutex that guards the lists.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/media/engine.h"

#include "socket.h"

namespace warp::media {

class PortPool {
 public:
  // `watch` puts a fresh pair under the eyes of its worker; false: that failed.
  using Watch = std::function<bool(PortPair&)>;

  // `reserved`: numbers that are for take_exact() alone.
  PortPool(const Settings& settings, const domain::IpAddress& address,
           const std::vector<std::uint16_t>& reserved, const Clock& clock, metrics::Counter& bind_failures,
           Watch watch);
  const domain::IpAddress& address() const { return address_; }

  // A pair of this worker: a ready one, else a rested one, else one bound now. Null: none is left.
  PortPair* take(unsigned worker);
  // The pair of that number, reserved or free; null: it is taken, or bound for another worker.
  PortPair* take_exact(unsigned worker, std::uint16_t number);
  void free_reserved();
  void put_back(PortPair* pair);  // unused: ready at once
  void release(PortPair* pair);   // from a session: rests first
  // Binds until every worker has its pairs ahead; moves what has rested. False: nothing could be bound at
  // all.
  bool refill();
  bool wants_refill() const;
  PortUsage usage() const;

 private:
  PortPair* take_ready(unsigned worker);
  PortPair* bind_next(unsigned worker);                                                 // with binding_ held
  PortPair::Bound bind_number(unsigned worker, std::uint16_t number, PortPair*& pair);  // the same
  void wake_rested(Monotonic now);                                                      // with the mutex held

  const Settings& settings_;
  const domain::IpAddress address_;
  const Clock& clock_;
  metrics::Counter& bind_failures_;
  const Watch watch_;

  std::mutex binding_;  // one binds at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<PortPair>> pairs_;  // all that were ever bound
  std::vector<std::deque<PortPair*>> ready_;      // a worker each
  std::deque<PortPair*> resting_;                 // in the order of rests_until
  std::deque<std::uint16_t> unbound_;
  std::vector<std::uint16_t> reserved_;  // unbound, and kept for take_exact()
  std::size_t in_use_ = 0;
};

}  // namespace warp::media
