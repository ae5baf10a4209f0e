#include "warp/calls/overload.h"

#include <algorithm>
#include <cmath>

namespace warp::calls {

namespace {

constexpr double kFirstCut = 0.85, kFurtherCut = 0.93;  // what a standing queue leaves of the rate
constexpr double kShrinking = 0.95;                     // of the delay before: the queue gets shorter
constexpr double kGrowth = 1.02;                        // of a rate whose queue is short
constexpr unsigned kCalmIntervals = 10;                 // until the rate is taken away
constexpr double kLossWeight = 0.1;                     // of the newest interval
constexpr std::uint32_t kLeastBatches = 3;  // that must all have waited: one may be a stalled process

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
  if (!first && delay > target) {
    const double taken = admitted_ / length;  // a shard with a standing queue takes what it can
    // A queue that gets shorter is on its way: another cut would leave the shard idle behind it.
    if (!shedding())
      rate_ = taken * kFirstCut;
    else if (delay > last * kShrinking)
      rate_ = std::min(rate_, taken) * kFurtherCut;
    rate_ = std::max<double>(rate_, settings_.least_calls);
    if (!shedding()) {
      tokens_ = 1;  // the call that comes as it begins is one of those that are let in anyhow
      filled_ = now;
    }
    calm_ = 0;
    shedding_.store(true, std::memory_order_relaxed);
  } else if (shedding()) {
    calm_ = admitted_ == offered_ ? calm_ + 1 : 0;
    rate_ = rate_ * kGrowth + 1;
    if (calm_ >= kCalmIntervals) shedding_.store(false, std::memory_order_relaxed);
  }
  note_loss();
  offered_ = admitted_ = 0;
  batches_ = 0;
  begun_ = now;
}

void Overload::note_loss() {
  const double refused = offered_ == 0 ? 0 : 1.0 - static_cast<double>(admitted_) / offered_;
  smooth_loss_ = shedding() ? smooth_loss_ + kLossWeight * (refused - smooth_loss_) : 0;
  loss_.store(static_cast<unsigned>(std::lround(smooth_loss_ * 100)), std::memory_order_relaxed);
}

}  // namespace warp::calls
