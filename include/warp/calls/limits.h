// Limits: concurrent calls and calls per second of trunks and accounts (by direction), of providers and of
// their endpoints, counted over all shards. Thread-safe.
//
// A channel is held by a token that gives it back when it dies, so a counter cannot drift: it is the number
// of live tokens. audit() proves it against the calls that there are. Calls per second are a token bucket
// (GCRA) with a burst of one second's worth. The ceilings come from the caller's snapshot at every call, so a
// changed limit holds from the next call on.
//
// Nodes share what they use (limit_cluster.h): what the others hold comes off the ceiling of channels, what
// they ask for off that of calls per second. Nothing of that is waited for on a call's path.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/domain/call_record.h"
#include "warp/domain/reason.h"

namespace warp::calls {

// The values are on the wire between nodes: they stay.
enum class LimitKind : std::uint8_t {
  TrunkInbound = 0,
  TrunkOutbound = 1,
  Provider = 2,
  AccountInbound = 3,
  AccountOutbound = 4,
  Endpoint = 5,  // of a provider
};
inline constexpr std::size_t kLimitKinds = 6;

struct LimitKey {
  LimitKind kind = LimitKind::TrunkInbound;
  Uuid id;

  static LimitKey trunk(TrunkId id, domain::Direction direction);
  static LimitKey account(CustomerId id, domain::Direction direction);
  static LimitKey provider(ProviderId id) { return {LimitKind::Provider, id.value}; }
  static LimitKey endpoint(std::int64_t id);  // ids of endpoints are unique over all providers
  friend bool operator==(const LimitKey&, const LimitKey&) = default;
};
struct LimitKeyHash {
  std::size_t operator()(const LimitKey& key) const noexcept {
    return std::hash<Uuid>{}(key.id) ^ static_cast<std::size_t>(key.kind);
  }
};

// How many in the second that ends now, in steps of a tenth.
class RateMeter {
 public:
  void add(Monotonic now);
  std::uint32_t per_second(Monotonic now) const;

 private:
  static constexpr std::size_t kSlots = 10;
  std::array<std::atomic<std::uint64_t>, kSlots> slots_{};  // number of the tenth << 24 | count
};

// The counters of one key.
class LimitCounters {
 public:
  // What one shard holds; a token points here.
  struct Cell {
    LimitCounters* owner = nullptr;
    std::atomic<std::uint32_t> held{0};
  };

  LimitCounters(const LimitKey& key, unsigned shards);

  // Takes one call out of the bucket of `per_second` (> 0); false when it is empty.
  bool take_rate(std::uint32_t per_second, Monotonic now);
  // A call that no ceiling of calls per second holds back.
  void note_call(Monotonic now) {
    asked_.add(now);
    granted_.add(now);
  }
  bool take_channel(std::optional<std::uint32_t> ceiling, unsigned shard);
  static void release_channel(Cell& cell) {
    cell.held.fetch_sub(1, std::memory_order_relaxed);
    cell.owner->channels_.fetch_sub(1, std::memory_order_relaxed);
  }
  // Makes the shard's count what it should be; by how much it was wrong.
  std::int64_t correct(unsigned shard, std::uint32_t expected);

  const LimitKey& key() const { return key_; }
  Cell& cell(unsigned shard) { return cells_[shard < shards_ ? shard : 0]; }
  std::uint32_t channels() const { return channels_.load(std::memory_order_relaxed); }
  std::uint32_t granted_per_second(Monotonic now) const { return granted_.per_second(now); }
  std::uint32_t asked_per_second(Monotonic now) const { return asked_.per_second(now); }

  // What the other nodes hold and ask for a second.
  void set_others(std::uint32_t channels, std::uint32_t asked) {
    others_channels_.store(channels, std::memory_order_relaxed);
    others_asked_.store(asked, std::memory_order_relaxed);
  }
  std::uint32_t others_channels() const { return others_channels_.load(std::memory_order_relaxed); }
  std::uint32_t others_asked() const { return others_asked_.load(std::memory_order_relaxed); }

 private:
  const LimitKey key_;
  const unsigned shards_;
  const std::unique_ptr<Cell[]> cells_;
  std::atomic<std::int64_t> due_ns_{0};  // GCRA's theoretical arrival time
  std::atomic<std::uint32_t> channels_{0};
  std::atomic<std::uint32_t> others_channels_{0}, others_asked_{0};
  RateMeter asked_, granted_;
};

// One channel held. Movable; the counters outlive it (Limits never drops them).
class ChannelToken {
 public:
  ChannelToken() = default;
  explicit ChannelToken(LimitCounters::Cell& cell) : cell_(&cell) {}
  ChannelToken(ChannelToken&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  ChannelToken& operator=(ChannelToken&& other) noexcept {
    if (this != &other) {
      release();
      cell_ = std::exchange(other.cell_, nullptr);
    }
    return *this;
  }
  ~ChannelToken() { release(); }

  explicit operator bool() const { return cell_ != nullptr; }
  const LimitCounters* counters() const { return cell_ != nullptr ? cell_->owner : nullptr; }
  void release() {
    if (auto* cell = std::exchange(cell_, nullptr)) LimitCounters::release_channel(*cell);
  }

 private:
  LimitCounters::Cell* cell_ = nullptr;
};

class Limits {
 public:
  explicit Limits(unsigned shards = 1) : shards_(shards) {}
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // 0 lets nothing through, nullopt is no limit.
  struct Ceilings {
    std::optional<std::uint32_t> per_second, channels;
  };
  struct Grant {
    domain::Reason refusal = domain::Reason::NormalClearing;  // NormalClearing: granted
    ChannelToken token;
  };
  // A channel for one more call of `shard`, or which limit is reached: the kind's CPS or channels, and
  // DirectionDisabled when a trunk's or an account's is 0.
  Grant take(const LimitKey& key, const Ceilings& ceilings, Monotonic now, unsigned shard = 0);
  // A channel for a call that is up already (recovered): whatever the ceiling.
  ChannelToken adopt(const LimitKey& key, unsigned shard = 0);

  Grant take_trunk(TrunkId trunk, domain::Direction direction, const Ceilings& ceilings, Monotonic now,
                   unsigned shard = 0) {
    return take(LimitKey::trunk(trunk, direction), ceilings, now, shard);
  }
  Grant take_provider(ProviderId provider, const Ceilings& ceilings, Monotonic now, unsigned shard = 0) {
    return take(LimitKey::provider(provider), ceilings, now, shard);
  }

  // Of this node.
  std::uint32_t channels(const LimitKey& key) const;
  std::uint32_t per_second(const LimitKey& key, Monotonic now) const;
  std::uint32_t trunk_channels(TrunkId trunk, domain::Direction direction) const {
    return channels(LimitKey::trunk(trunk, direction));
  }
  std::uint32_t provider_channels(ProviderId provider) const {
    return channels(LimitKey::provider(provider));
  }

  // Compares what a shard's counters say with the tokens that its calls hold, on the shard's own thread
  // (nobody else takes or gives back for it), and corrects them. Each that was wrong is told to `report`.
  using Held = std::unordered_map<const LimitCounters*, std::uint32_t>;
  using Report = std::function<void(const LimitKey&, std::int64_t wrong_by)>;
  std::size_t audit(unsigned shard, const Held& held, const Report& report);

  // What all other nodes together hold and ask for; a key that is not in it: nothing.
  using Usage = std::unordered_map<LimitKey, std::pair<std::uint32_t, std::uint32_t>, LimitKeyHash>;
  void set_others(const Usage& usage);

  // Every counter that there is; `visit` must not take or release.
  void each(const std::function<void(LimitCounters&)>& visit);

 private:
  static constexpr std::size_t kStripes = 16;
  struct Stripe {
    mutable std::mutex mutex;  // guards the map; the counters are atomics
    std::unordered_map<LimitKey, std::unique_ptr<LimitCounters>, LimitKeyHash> counters;
  };

  const LimitCounters* find(const LimitKey& key) const;
  LimitCounters& counters(const LimitKey& key);

  const unsigned shards_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace warp::calls
