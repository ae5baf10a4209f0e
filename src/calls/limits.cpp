#include "warp/calls/limits.h"

#include <algorithm>

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMilli = 1'000;
constexpr unsigned kCountBits = 24;
constexpr std::uint64_t kCountMask = (1u << kCountBits) - 1;

std::uint64_t tenth_of(Monotonic now) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() / 100);
}

Reason cps_reason(LimitKind kind) {
  switch (kind) {
    case LimitKind::TrunkInbound:
    case LimitKind::TrunkOutbound:
      return Reason::TrunkCpsExceeded;
    case LimitKind::AccountInbound:
    case LimitKind::AccountOutbound:
      return Reason::AccountCpsExceeded;
    case LimitKind::Provider:
    case LimitKind::Endpoint:
      return Reason::ProviderCpsExceeded;
  }
  return Reason::Overloaded;
}

Reason channels_reason(LimitKind kind) {
  switch (kind) {
    case LimitKind::TrunkInbound:
    case LimitKind::TrunkOutbound:
      return Reason::TrunkChannelsExceeded;
    case LimitKind::AccountInbound:
    case LimitKind::AccountOutbound:
      return Reason::AccountChannelsExceeded;
    case LimitKind::Provider:
    case LimitKind::Endpoint:
      return Reason::ProviderChannelsExceeded;
  }
  return Reason::Overloaded;
}

bool has_direction(LimitKind kind) {
  return kind != LimitKind::Provider && kind != LimitKind::Endpoint;
}

// What this node may take of a rate that others want, too, in thousandths of a call: what they leave, or a
// part in proportion to what is asked here when all together ask for more than there is.
std::int64_t own_share(std::uint32_t per_second, std::uint32_t asked, std::uint32_t others) {
  const std::int64_t whole = kMilli * per_second;
  const std::int64_t mine = std::max<std::int64_t>(asked, 1);
  if (mine + others <= per_second) return whole - kMilli * others;
  return std::max<std::int64_t>(whole * mine / (mine + others), 1);
}

}  // namespace

LimitKey LimitKey::trunk(TrunkId id, domain::Direction direction) {
  return {direction == domain::Direction::Inbound ? LimitKind::TrunkInbound : LimitKind::TrunkOutbound,
          id.value};
}

LimitKey LimitKey::account(CustomerId id, domain::Direction direction) {
  return {direction == domain::Direction::Inbound ? LimitKind::AccountInbound : LimitKind::AccountOutbound,
          id.value};
}

LimitKey LimitKey::endpoint(std::int64_t id) {
  LimitKey key{LimitKind::Endpoint, {}};
  for (std::size_t octet = 0; octet < 8; ++octet)
    key.id.bytes[8 + octet] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(id) >> (56 - 8 * octet));
  return key;
}

void RateMeter::add(Monotonic now) {
  const std::uint64_t tenth = tenth_of(now);
  auto& slot = slots_[tenth % kSlots];
  std::uint64_t seen = slot.load(std::memory_order_relaxed);
  std::uint64_t next;
  do {
    const bool same = seen >> kCountBits == tenth;
    const std::uint64_t count = same ? std::min(seen & kCountMask, kCountMask - 1) : 0;
    next = tenth << kCountBits | (count + 1);
  } while (!slot.compare_exchange_weak(seen, next, std::memory_order_relaxed));
}

std::uint32_t RateMeter::per_second(Monotonic now) const {
  const std::uint64_t tenth = tenth_of(now);
  std::uint64_t sum = 0;
  for (const auto& slot : slots_) {
    const std::uint64_t seen = slot.load(std::memory_order_relaxed);
    if (tenth - (seen >> kCountBits) < kSlots) sum += seen & kCountMask;
  }
  return static_cast<std::uint32_t>(sum);
}

LimitCounters::LimitCounters(const LimitKey& key, unsigned shards)
    : key_(key), shards_(std::max(shards, 1u)), cells_(std::make_unique<Cell[]>(shards_)) {
  for (unsigned shard = 0; shard < shards_; ++shard)
    cells_[shard].owner = this;
}

bool LimitCounters::take_rate(std::uint32_t per_second, Monotonic now) {
  asked_.add(now);
  const std::uint32_t others = others_asked();
  const std::int64_t share =
      others == 0 ? kMilli * per_second : own_share(per_second, asked_per_second(now), others);
  const std::int64_t now_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
  const std::int64_t interval = kSecondNs * kMilli / share;
  const std::int64_t burst = std::max<std::int64_t>(share / kMilli, 1);
  const std::int64_t tolerance = interval * (burst - 1);
  std::int64_t due = due_ns_.load(std::memory_order_relaxed);
  while (true) {
    // A lowered or raised limit leaves a due time of the old pace behind: never more than a second's worth.
    const std::int64_t start = std::clamp(due, now_ns, now_ns + std::max(kSecondNs, interval));
    if (start - now_ns > tolerance) return false;
    if (due_ns_.compare_exchange_weak(due, start + interval, std::memory_order_relaxed)) break;
  }
  granted_.add(now);
  return true;
}

bool LimitCounters::take_channel(std::optional<std::uint32_t> ceiling, unsigned shard) {
  if (ceiling) {
    const std::uint32_t others = others_channels();
    ceiling = *ceiling > others ? *ceiling - others : 0;
  }
  std::uint32_t used = channels_.load(std::memory_order_relaxed);
  do {
    if (ceiling && used >= *ceiling) return false;
  } while (!channels_.compare_exchange_weak(used, used + 1, std::memory_order_relaxed));
  cell(shard).held.fetch_add(1, std::memory_order_relaxed);
  return true;
}

std::int64_t LimitCounters::correct(unsigned shard, std::uint32_t expected) {
  Cell& mine = cell(shard);
  const auto wrong = static_cast<std::int32_t>(mine.held.load(std::memory_order_relaxed) - expected);
  if (wrong == 0) return 0;
  mine.held.store(expected, std::memory_order_relaxed);
  channels_.fetch_sub(static_cast<std::uint32_t>(wrong), std::memory_order_relaxed);
  return wrong;
}

Limits::Grant Limits::take(const LimitKey& key, const Ceilings& ceilings, Monotonic now, unsigned shard) {
  if (has_direction(key.kind) && (ceilings.channels == 0u || ceilings.per_second == 0u))
    return {Reason::DirectionDisabled, {}};
  LimitCounters& found = counters(key);
  if (!found.take_channel(ceilings.channels, shard)) return {channels_reason(key.kind), {}};
  ChannelToken token(found.cell(shard));
  if (!ceilings.per_second) {
    found.note_call(now);
  } else if (*ceilings.per_second == 0 || !found.take_rate(*ceilings.per_second, now)) {
    return {cps_reason(key.kind), {}};
  }
  return {Reason::NormalClearing, std::move(token)};
}

ChannelToken Limits::adopt(const LimitKey& key, unsigned shard) {
  LimitCounters& found = counters(key);
  found.take_channel(std::nullopt, shard);
  return ChannelToken(found.cell(shard));
}

std::uint32_t Limits::channels(const LimitKey& key) const {
  const LimitCounters* found = find(key);
  return found == nullptr ? 0 : found->channels();
}

std::uint32_t Limits::per_second(const LimitKey& key, Monotonic now) const {
  const LimitCounters* found = find(key);
  return found == nullptr ? 0 : found->granted_per_second(now);
}

std::size_t Limits::audit(unsigned shard, const Held& held, const Report& report) {
  std::size_t wrong = 0;
  each([&](LimitCounters& counters) {
    const auto expected = held.find(&counters);
    const std::int64_t by = counters.correct(shard, expected == held.end() ? 0 : expected->second);
    if (by == 0) return;
    ++wrong;
    report(counters.key(), by);
  });
  return wrong;
}

void Limits::set_others(const Usage& usage) {
  for (const auto& [key, used] : usage)
    counters(key);
  each([&](LimitCounters& counters) {
    const auto used = usage.find(counters.key());
    if (used == usage.end())
      counters.set_others(0, 0);
    else
      counters.set_others(used->second.first, used->second.second);
  });
}

void Limits::each(const std::function<void(LimitCounters&)>& visit) {
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    for (const auto& [key, counters] : stripe.counters)
      visit(*counters);
  }
}

const LimitCounters* Limits::find(const LimitKey& key) const {
  const Stripe& stripe = stripes_[LimitKeyHash{}(key) % kStripes];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.counters.find(key);
  return found == stripe.counters.end() ? nullptr : found->second.get();
}

LimitCounters& Limits::counters(const LimitKey& key) {
  Stripe& stripe = stripes_[LimitKeyHash{}(key) % kStripes];
  const std::lock_guard lock(stripe.mutex);
  auto& entry = stripe.counters[key];
  if (!entry) entry = std::make_unique<LimitCounters>(key, shards_);
  return *entry;
}

}  // namespace warp::calls
