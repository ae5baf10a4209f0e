// Overload: how many new calls a shard takes while its queue stands. Pure: delays and times come from
// outside.
//
// The measure is how long the oldest datagram of a batch has waited in the kernel. A queue that never gets
// below the target within one interval is standing (CoDel): then new calls are admitted at a rate that a
// proportional and integral controller holds where the delay is the target. While the queue is short nothing
// is counted but calls.
//
// One a shard, on its thread; shedding() and loss_percent() any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "warp/base/clock.h"

namespace warp::calls {

struct OverloadSettings {
  bool enabled = true;
  std::chrono::milliseconds target{25};     // delay that is no overload yet
  std::chrono::milliseconds interval{100};  // of one decision
  std::uint32_t least_calls = 10;           // new calls a second that are admitted however long the queue
  std::chrono::seconds retry_after{1};      // in the 503 of what is not
  // RFC 7339: peers that are known and say `oc` are told; our own far ends are asked and believed.
  bool tell_peers = true, ask_far_ends = false;
  std::chrono::milliseconds validity{500};
};

class Overload {
 public:
  explicit Overload(const OverloadSettings& settings) : settings_(settings) {}

  // A batch was read whose oldest datagram had waited so long.
  void observe(std::chrono::nanoseconds delay, Monotonic now);
  // A new call wants in.
  bool admit(Monotonic now);

  bool shedding() const { return shedding_.load(std::memory_order_relaxed); }
  // What part of new calls should not be sent here.
  unsigned loss_percent() const { return loss_.load(std::memory_order_relaxed); }
  double rate() const { return rate_; }  // new calls a second that are admitted; while shedding
  std::chrono::nanoseconds delay() const { return standing_; }  // of the interval before

 private:
  bool due(Monotonic now) const;
  void decide(Monotonic now);
  void begin_shedding(double taken, Monotonic now);
  void note_loss();

  const OverloadSettings settings_;
  std::atomic<bool> shedding_{false};
  std::atomic<unsigned> loss_{0};
  Monotonic begun_{};          // of the interval
  std::uint32_t batches_ = 0;  // observed in it
  std::chrono::nanoseconds least_{}, standing_{};
  std::uint32_t offered_ = 0, admitted_ = 0;  // in it
  double taken_ = 0;                          // new calls a second, over the last second or so
  double base_ = 0, rate_ = 0, tokens_ = 0, smooth_offered_ = 0, smooth_admitted_ = 0;
  Monotonic filled_{};
  unsigned calm_ = 0;  // intervals in a row in which the rate held nothing back
};

}  // namespace warp::calls
