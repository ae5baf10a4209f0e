#include "warp/calls/overload.h"

#include <algorithm>
#include <cmath>

namespace warp::calls {

namespace {

// A proportional and integral controller of the rate around the target delay: the queue is kept short but not
// empty, so that the shard is never idle while calls are refused. Steps are small, because a call that was
// admitted goes on to cost something until it has ended.
constexpr double kFirstCut =
    0.9;  // what is left of the rate that was taken when the queue was found standing
constexpr double kMostExcess = 4;  // of the delay over its target, in targets
constexpr double kAtOnce = 0.06;   // of the rate, for each target of excess, for as long as that lasts
// More of it counts for what passes at once than for what stays: what was let in before the queue was found
// standing must be worked off before the socket overflows, which loses what belongs to calls as well.
constexpr double kMostExcessAtOnce = 8;
constexpr double kFall = 0.01, kRise = 0.02;  // of the rate in an interval, for good
constexpr double kShrinking = 0.95;           // of the delay before: the queue gets shorter
constexpr unsigned kCalmIntervals = 10;       // until the rate is taken away
constexpr double kLossWeight = 0.1;           // of the newest interval
constexpr double kTakenWeight = 0.1;          // likewise
constexpr std::uint32_t kLeastBatches = 3;    // that must all have waited: one may be a stalled process

}  // namespace

void Overload::observe(std::chrono::nanoseconds delay, Monotonic now) {
  if (!settings_.enabled) return;
  if (due(now)) decide(now);
  least_ = batches_ != 0 ? std::min(least_, delay) : delay;
  ++batches_;
}

bool Overload::admit(Monotonic now) {
  if (!settings_.enabled) return true;
  if (due(now)) decide(now);
  ++offered_;
  if (shedding()) {
    const double passed = std::chrono::duration<double>(now - filled_).count();
    const double most = std::max(1.0, rate_ * std::chrono::duration<double>(settings_.interval).count());
    tokens_ = std::min(most, tokens_ + passed * rate_);
    filled_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
  }
  ++admitted_;
  return true;
}

// An interval goes on until it has seen enough to be called bad.
bool Overload::due(Monotonic now) const {
  if (now - begun_ < settings_.interval) return false;
  return batches_ == 0 || batches_ >= kLeastBatches || least_ <= settings_.target;
}

void Overload::decide(Monotonic now) {
  const double length = std::chrono::duration<double>(now - begun_).count();
  const bool first = begun_ == Monotonic{};
  const double last = std::chrono::duration<double>(standing_).count();
  standing_ = batches_ != 0 ? least_ : std::chrono::nanoseconds{};
  const double target = std::chrono::duration<double>(settings_.target).count();
  const double delay = std::chrono::duration<double>(standing_).count();
  const double whole = std::min(delay / target - 1, kMostExcessAtOnce);
  const double excess = std::min(whole, kMostExcess);
  // An interval with a stall in it took less than the shard can: what it took before counts as well.
  const double taken = first ? 0 : admitted_ / length;
  taken_ += kTakenWeight * (taken - taken_);
  if (!shedding()) {
    if (!first && excess > 0) begin_shedding(std::max(taken, taken_), now);
  } else {
    const bool held_back = admitted_ < offered_;
    calm_ = held_back ? 0 : calm_ + 1;
    if (excess > 0 && delay > last * kShrinking)
      base_ *= 1 - kFall * excess;
    else if (excess < 0 && held_back)
      base_ *= 1 - kRise * excess;
    if (calm_ >= kCalmIntervals) shedding_.store(false, std::memory_order_relaxed);
  }
  base_ = std::max<double>(base_, settings_.least_calls);
  rate_ = std::max<double>(base_ * (1 - kAtOnce * whole), settings_.least_calls);
  note_loss();
  offered_ = admitted_ = 0;
  batches_ = 0;
  begun_ = now;
}

void Overload::begin_shedding(double taken, Monotonic now) {
  base_ = taken * kFirstCut;  // a shard with a standing queue takes what it can
  tokens_ = 1;                // the call that comes as it begins is one of those that are let in anyhow
  filled_ = now;
  calm_ = 0;
  shedding_.store(true, std::memory_order_relaxed);
}

// By calls, not by intervals: those in which a queue is worked off hold many.
void Overload::note_loss() {
  if (!shedding()) smooth_offered_ = smooth_admitted_ = 0;
  smooth_offered_ += kLossWeight * (offered_ - smooth_offered_);
  smooth_admitted_ += kLossWeight * (admitted_ - smooth_admitted_);
  const double refused = smooth_offered_ > 0 ? 1 - smooth_admitted_ / smooth_offered_ : 0;
  loss_.store(static_cast<unsigned>(std::lround(refused * 100)), std::memory_order_relaxed);
}

}  // namespace warp::calls
