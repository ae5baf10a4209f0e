// Lane: one connector's queue. Priority before order, order within a priority; a schedule for what must not
// go yet; and the connector's pace: token bucket, throttling back-off, circuit breaker. No I/O.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "warp/messaging/settings.h"
#include "warp/net/timer_wheel.h"

#include "live.h"
#include "token_bucket.h"

namespace warp::messaging {

class Lane {
 public:
  explicit Lane(ConnectorId id) : id_(id) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  ConnectorId id() const { return id_; }

  // Behind those of a lower `order`. New and moved messages have the highest; one that comes back from the
  // wire keeps its own and so goes first.
  void add(Live& live, WallTime now);
  void remove(Live& live);  // from the queue or the schedule
  Live* front();            // the next to go; nullptr: nothing is due
  Live* any();              // of all that is queued, for a move or a purge
  // All that is queued; `f` may remove what it is given.
  template <class F>
  void for_each(F f) {
    const auto walk = [&](QueueList& list) {
      for (auto at = list.begin(); at != list.end();) {
        auto& live = *at++;
        f(live);
      }
    };
    for (auto& list : ready_)
      walk(list);
    schedule_.for_each_list(walk);
  }
  // Moves what is due from the schedule to the end of the queue.
  void wake(WallTime now, std::uint64_t& next_order);
  std::optional<WallTime> next_due() { return schedule_.next(); }
  std::size_t size() const { return size_; }
  bool idle() const { return size_ == 0 && cleared.empty(); }

  // Pace. `rate` 0: unlimited.
  bool may_send(std::uint32_t rate, Monotonic now) const;
  std::chrono::nanoseconds until_send(std::uint32_t rate, Monotonic now) const;
  void spend(std::uint32_t rate, Monotonic now);

  // Health. `closed` after so many failures in a row; half-open lets one message through after the rest.
  void succeeded();
  void failed(const Settings& settings, Monotonic now);
  void throttled(const Settings& settings, Monotonic now);
  bool broken(Monotonic now) const { return open_until_ && now < *open_until_; }
  bool blocked(Monotonic now) const { return now < blocked_until_; }  // throttled
  bool probing() const { return open_until_.has_value(); }            // half-open, once broken() is over
  bool healthy(Monotonic now) const { return up && !paused && !broken(now); }

  QueueList cleared;         // durable as Sending, in order, waiting for the window
  std::size_t reserved = 0;  // parts of messages in Committing and Cleared
  std::size_t on_wire = 0;   // parts without an answer
  bool up = false, paused = false;
  std::optional<Monotonic> away_since;  // cannot send
  net::TimerWheel::Handle timer;
  std::uint64_t submitted = 0, refused = 0;

 private:
  static constexpr std::size_t kPriorities = 4;
  static std::size_t level(const Live& live) {
    return kPriorities - 1 - std::min<std::size_t>(live.message.priority, kPriorities - 1);
  }
  std::uint32_t burst(std::uint32_t rate) const { return rate / 10 + 1; }

  ConnectorId id_;
  std::array<QueueList, kPriorities> ready_;  // most urgent first
  Buckets<QueueList> schedule_{std::chrono::milliseconds(10)};
  std::size_t size_ = 0;
  TokenBucket bucket_;
  Monotonic blocked_until_{};
  std::chrono::milliseconds back_off_{0};
  unsigned failures_ = 0;
  std::optional<Monotonic> open_until_;
};

}  // namespace warp::messaging
