#include "warp/api/rate_limiter.h"

#include <algorithm>

namespace warp::api {
std::uint32_t seconds_for_tokens(std::int64_t micro_tokens, std::uint32_t per_second) {
  if (micro_tokens <= 0) return 0;
  const auto rate = static_cast<std::int64_t>(std::max(per_second, 1u)) * kMicroTokens;
  return static_cast<std::uint32_t>((micro_tokens + rate - 1) / rate);
}

std::uint32_t window_of(RateLimit limit) {
  return std::max(
      1u, seconds_for_tokens(static_cast<std::int64_t>(limit.burst) * kMicroTokens, limit.per_second));
}

std::int64_t RateLimiter::level(const Bucket& bucket, Monotonic now) const {
  const auto full = static_cast<std::int64_t>(limit_.burst) * kMicroTokens;
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - bucket.updated).count();
  // After this long any bucket is full; beyond it the product below could overflow.
  if (elapsed / 1'000'000 > limit_.burst) return full;
  return std::min(full, bucket.micro_tokens + std::max<std::int64_t>(0, elapsed) * limit_.per_second);
}

RateVerdict RateLimiter::turn(std::string_view name, Monotonic now, std::int64_t tokens) {
  const auto full = static_cast<std::int64_t>(limit_.burst) * kMicroTokens;
  std::lock_guard guard(mutex_);
  auto found = buckets_.find(name);
  auto have = found == buckets_.end() ? full : level(found->second, now);
  RateVerdict verdict;
  const auto wanted = std::max<std::int64_t>(tokens, 1) * kMicroTokens;
  verdict.allowed = have >= wanted;
  if (verdict.allowed) have -= tokens * kMicroTokens;
  if (tokens > 0) {
    if (found == buckets_.end()) {
      if (buckets_.size() >= capacity_) forget_full(now);
      if (buckets_.size() < capacity_) buckets_.emplace(std::string(name), Bucket{have, now});
    } else {
      found->second = Bucket{have, now};
    }
  }
  verdict.limit = limit_.burst;
  verdict.policy = policy_;
  verdict.window_s = window_of(limit_);
  verdict.remaining = static_cast<std::uint32_t>(have / kMicroTokens);
  verdict.reset_s = seconds_for_tokens(full - have, limit_.per_second);
  if (!verdict.allowed) verdict.retry_s = std::max(1u, seconds_for_tokens(wanted - have, limit_.per_second));
  return verdict;
}

void RateLimiter::forget_full(Monotonic now) {
  // A walk over all of them: not more often than anything can change by it.
  if (now - swept_ < std::chrono::seconds(1)) return;
  swept_ = now;
  const auto full = static_cast<std::int64_t>(limit_.burst) * kMicroTokens;
  std::erase_if(buckets_, [&](const auto& item) { return level(item.second, now) >= full; });
}

std::size_t RateLimiter::size() const {
  std::lock_guard guard(mutex_);
  return buckets_.size();
}

}  // namespace warp::api
