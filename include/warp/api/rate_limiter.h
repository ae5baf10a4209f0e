// RateLimiter: a token bucket for each name (a key's id, an address). Thread-safe. Remembers at most
// `capacity` names: those whose bucket is full again are forgotten first, so that strangers cannot fill it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/text.h"

namespace warp::api {

struct RateLimit {
  std::uint32_t per_second = 200;
  std::uint32_t burst = 400;  // at least 1
};

struct RateVerdict {
  bool allowed = true;
  std::uint32_t limit = 0;                 // burst
  std::uint32_t remaining = 0;             // whole tokens left
  std::uint32_t reset_s = 0;               // until the bucket is full
  std::uint32_t retry_s = 0;               // until one token is there; at least 1 when refused
  std::uint32_t window_s = 1;              // in which an empty bucket fills
  std::string_view policy = "credential";  // whose bucket it is, a constant
};

constexpr std::int64_t kMicroTokens = 1'000'000;  // of one token

// Until so much is there, at that rate; 0 for what is there.
std::uint32_t seconds_for_tokens(std::int64_t micro_tokens, std::uint32_t per_second);
// In which an empty bucket fills; at least 1.
std::uint32_t window_of(RateLimit limit);

class RateLimiter {
 public:
  // `policy`: a constant, for the verdicts.
  RateLimiter(RateLimit limit, std::size_t capacity, std::string_view policy = "credential")
      : limit_(limit), capacity_(capacity), policy_(policy) {}

  // What costs more than the bucket holds costs all that it holds.
  RateVerdict take(std::string_view name, Monotonic now, std::uint32_t cost = 1) {
    return turn(name, now, std::min(cost, limit_.burst));
  }
  // What take() would say, without taking.
  RateVerdict look(std::string_view name, Monotonic now) { return turn(name, now, 0); }
  std::size_t size() const;

 private:
  struct Bucket {
    std::int64_t micro_tokens;
    Monotonic updated;
  };
  RateVerdict turn(std::string_view name, Monotonic now, std::int64_t tokens);
  void forget_full(Monotonic now);
  std::int64_t level(const Bucket& bucket, Monotonic now) const;

  const RateLimit limit_;
  const std::size_t capacity_;
  const std::string_view policy_;
  mutable std::mutex mutex_;  // guards what follows
  Monotonic swept_{};
  std::unordered_map<std::string, Bucket, StringHash, std::equal_to<>> buckets_;
};

}  // namespace warp::api
