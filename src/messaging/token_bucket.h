// TokenBucket: segments a second with a burst, as one due time (GCRA). Full, it lets a message through that
// is larger than its burst, and is in debt then.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "warp/base/clock.h"

namespace warp::messaging {

class TokenBucket {
 public:
  // Rates come with every call, so that a changed limit holds at once. 0 a second lets nothing through.
  bool take(std::uint32_t count, std::uint32_t per_second, std::uint32_t burst, Monotonic now) {
    if (per_second == 0 || wait(count, per_second, burst, now) > std::chrono::nanoseconds{0}) return false;
    due_ = std::max(due_, now) + count * interval(per_second);
    return true;
  }
  // Until take() would succeed.
  std::chrono::nanoseconds wait(std::uint32_t count, std::uint32_t per_second, std::uint32_t burst,
                                Monotonic now) const {
    if (per_second == 0) return std::chrono::seconds(1);
    const auto step = interval(per_second);
    const auto full = std::max(burst, 1u) * step;
    // A lowered rate leaves a due time of the old pace behind.
    const auto due = std::clamp(due_, now, now + std::max(full, debt_));
    const auto allowed = std::max(full - count * step, std::chrono::nanoseconds{0});
    return std::max(due - now - allowed, std::chrono::nanoseconds{0});
  }

 private:
  static std::chrono::nanoseconds interval(std::uint32_t per_second) {
    return std::chrono::nanoseconds(1'000'000'000 / per_second);
  }
  static constexpr std::chrono::nanoseconds debt_{std::chrono::minutes(5)};
  Monotonic due_{};
};

}  // namespace warp::messaging
