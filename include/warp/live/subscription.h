// Subscription: one subscriber's queue of one topic. The hub fills it from any thread, the subscriber empties
// it. It is bounded: what comes while it is full is counted and gone, and the subscriber begins anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "warp/base/metrics.h"
#include "warp/live/bell.h"
#include "warp/live/event.h"

namespace warp::live {

using EventPtr = std::shared_ptr<const Event>;  // shared by the queues that it is in

class Subscription {
 public:
  static constexpr std::size_t kMost = 256;  // events that wait

  Subscription(Filter filter, std::shared_ptr<Bell> bell, std::deque<EventPtr> missed,
               metrics::Gauge& subscribers, metrics::Counter& dropped);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  const Filter& filter() const { return filter_; }
  void push(const EventPtr& event);  // any thread; what the filter passes

  struct Batch {
    std::vector<EventPtr> events;
    std::uint64_t dropped = 0;  // after them
    Place dropped_to;           // the place of the last one that was dropped
  };
  Batch take();  // any thread; never waits

 private:
  const Filter filter_;
  const std::shared_ptr<Bell> bell_;  // shared with the subscriber, who may have several subscriptions
  const std::size_t room_;            // kMost, and what it missed
  metrics::Gauge& subscribers_;
  metrics::Counter& dropped_total_;
  std::mutex mutex_;  // guards the rest
  std::deque<EventPtr> waiting_;
  std::uint64_t dropped_ = 0;
  Place dropped_to_;
};

}  // namespace warp::live
