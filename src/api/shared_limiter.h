// SharedLimiter: token buckets that all nodes take from, by way of a store (Redis). Who asks often takes a
// few tokens ahead, so that a burst of requests is not a burst of round trips; what is not used within the
// lease is lost to everybody. Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/api/rate_limiter.h"
#include "warp/base/clock.h"

namespace warp::redis {
class Client;
}

namespace warp::api {

struct BucketAsk {
  std::string key;
  RateLimit limit;
  std::uint32_t cost = 1;  // below that nothing is given
  std::uint32_t want = 1;  // at least `cost`
};
struct BucketGrant {
  std::uint32_t taken = 0;  // 0: there was less than `cost`
  std::uint32_t left = 0;
};

class BucketStore {
 public:
  virtual ~BucketStore() = default;
  // One grant an ask; nullopt: the store is away.
  virtual boost::asio::awaitable<std::optional<std::vector<BucketGrant>>> take(
      std::vector<BucketAsk> asks) = 0;
};

// By one script, in Redis' own time; a key goes when its bucket is full again.
class RedisBuckets final : public BucketStore {
 public:
  explicit RedisBuckets(redis::Client& client) : client_(client) {}
  boost::asio::awaitable<std::optional<std::vector<BucketGrant>>> take(std::vector<BucketAsk> asks) override;

 private:
  redis::Client& client_;
};

class SharedLimiter {
 public:
  struct Settings {
    std::chrono::milliseconds wait{5};  // for the store; then it is left alone for a second
    std::chrono::milliseconds lease{100};
    std::uint32_t lease_tokens = 10;
    std::size_t remembered = 10'000;
  };
  struct Bucket {
    std::string key;
    RateLimit limit;
    std::string_view policy;  // a constant
  };
  SharedLimiter(Settings settings, const Clock& clock) : settings_(settings), clock_(clock) {}

  // From all buckets or none; the verdict is the scarcest one's. nullopt: the store is away or late.
  boost::asio::awaitable<std::optional<RateVerdict>> take(BucketStore& store, std::vector<Bucket> buckets,
                                                          std::uint32_t cost);

 private:
  struct Lease {
    std::uint32_t tokens = 0, left = 0, next = 1;
    Monotonic until{};
  };
  struct Plan {
    std::vector<BucketAsk> asks;
    std::vector<std::size_t> of;  // buckets that are asked for
  };
  Plan plan(const std::vector<Bucket>& buckets, std::uint32_t cost, Monotonic now);
  std::optional<RateVerdict> settle(const std::vector<Bucket>& buckets, const Plan& plan,
                                    const std::vector<BucketGrant>& grants, std::uint32_t cost,
                                    Monotonic now);
  RateVerdict consume(const std::vector<Bucket>& buckets, std::uint32_t cost);
  Lease& lease(const std::string& key, Monotonic now);
  bool late(Monotonic now) const;

  const Settings settings_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Lease> leases_;
  std::deque<Monotonic> asked_;  // what the store has not answered; it answers in order
  Monotonic slow_until_{};
};

}  // namespace warp::api
