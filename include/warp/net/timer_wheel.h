// TimerWheel: many cheap timers for one thread (hierarchical wheel, 4 ms ticks). O(1) arm and cancel, no
// allocation once warm. The owner calls advance() from its loop; handles are generation-checked, so a stale
// cancel does nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "warp/base/clock.h"

namespace warp::net {

class TimerWheel {
 public:
  using Callback = std::function<void()>;
  struct Handle {
    std::uint32_t slot = 0, generation = 0;  // generation 0: none
    explicit operator bool() const { return generation != 0; }
  };

  explicit TimerWheel(const Clock& clock);
  ~TimerWheel();

  // Fires once, not before `delay` has passed and normally within two ticks after; or up to `slack` later, at
  // a moment that others of that slack share, so that the loop wakes once for many.
  Handle arm(std::chrono::milliseconds delay, Callback callback, std::chrono::milliseconds slack = {});
  void cancel(Handle& handle);  // clears it
  // Fires what is due. Callbacks may arm and cancel. Returns how many fired.
  std::size_t advance();
  // Time until the next timer could fire, capped at one second: how long the loop may sleep.
  std::chrono::milliseconds until_next() const;
  std::size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::net
