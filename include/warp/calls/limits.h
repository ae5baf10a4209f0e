// Limits: concurrent calls and calls per second of trunks (by direction) and providers, counted over all
// shards. Thread-safe.
//
// A channel is held by a token that gives it back when it dies, so a counter cannot drift: it is the
// number of live tokens. Calls per second are a token bucket (GCRA) with a burst of one second's worth. The
// ceilings come from the caller's snapshot at every call, so a changed limit holds from the next call on.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/domain/call_record.h"
#include "warp/domain/reason.h"

namespace warp::calls {

// The counters of one trunk and direction, or of one provider.
class LimitCounters {
 public:
  // Takes one call out of the bucket of `per_second` (> 0); false when it is empty.
  bool take_rate(std::uint32_t per_second, Monotonic now);
  bool take_channel(std::optional<std::uint32_t> ceiling);
  void release_channel() { channels_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint32_t channels() const { return channels_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> due_ns_{0};  // GCRA's theoretical arrival time
  std::atomic<std::uint32_t> channels_{0};
};

// One channel held. Movable; the counters outlive it (Limits never drops them).
class ChannelToken {
 public:
  ChannelToken() = default;
  explicit ChannelToken(LimitCounters& counters) : counters_(&counters) {}
  ChannelToken(ChannelToken&& other) noexcept : counters_(std::exchange(other.counters_, nullptr)) {}
  ChannelToken& operator=(ChannelToken&& other) noexcept {
    if (this != &other) {
      release();
      counters_ = std::exchange(other.counters_, nullptr);
    }
    return *this;
  }
  ~ChannelToken() { release(); }

  explicit operator bool() const { return counters_ != nullptr; }
  void release() {
    if (auto* counters = std::exchange(counters_, nullptr)) counters->release_channel();
  }

 private:
  LimitCounters* counters_ = nullptr;
};

class Limits {
 public:
  Limits() = default;
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // A channel for one more call, or which limit is reached (TrunkCpsExceeded, TrunkChannelsExceeded). 0 lets
  // nothing through, nullopt is no limit.
  struct Ceilings {
    std::optional<std::uint32_t> per_second, channels;
  };
  struct Grant {
    domain::Reason refusal = domain::Reason::NormalClearing;  // NormalClearing: granted
    ChannelToken token;
  };
  Grant take_trunk(TrunkId trunk, domain::Direction direction, const Ceilings& ceilings, Monotonic now);
  Grant take_provider(ProviderId provider, const Ceilings& ceilings, Monotonic now);

  std::uint32_t trunk_channels(TrunkId trunk, domain::Direction direction) const;
  std::uint32_t provider_channels(ProviderId provider) const;

 private:
  struct Key {
    Uuid id;
    std::uint8_t kind = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return std::hash<Uuid>{}(key.id) ^ key.kind; }
  };
  static constexpr std::size_t kStripes = 16;
  struct Stripe {
    mutable std::mutex mutex;  // guards the map; the counters are atomics
    std::unordered_map<Key, std::unique_ptr<LimitCounters>, KeyHash> counters;
  };

  static Grant take(LimitCounters& counters, const Ceilings& ceilings, Monotonic now);
  LimitCounters& counters(const Key& key);
  std::uint32_t channels(const Key& key) const;

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace warp::calls
