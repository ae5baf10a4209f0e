#include "warp/calls/limits.h"

#include <algorithm>

namespace warp::calls {

namespace {
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::uint8_t kProviderKind = 2;

std::uint8_t kind_of(domain::Direction direction) {
  return direction == domain::Direction::Inbound ? 0 : 1;
}
}  // namespace

bool LimitCounters::take_rate(std::uint32_t per_second, Monotonic now) {
  const std::int64_t now_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
  const std::int64_t interval = kSecondNs / per_second;
  const std::int64_t tolerance = interval * (static_cast<std::int64_t>(per_second) - 1);
  std::int64_t due = due_ns_.load(std::memory_order_relaxed);
  while (true) {
    // A lowered or raised limit leaves a due time of the old pace behind: never more than a second's worth.
    const std::int64_t start = std::clamp(due, now_ns, now_ns + kSecondNs);
    if (start - now_ns > tolerance) return false;
    if (due_ns_.compare_exchange_weak(due, start + interval, std::memory_order_relaxed)) return true;
  }
}

bool LimitCounters::take_channel(std::optional<std::uint32_t> ceiling) {
  std::uint32_t used = channels_.load(std::memory_order_relaxed);
  do {
    if (ceiling && used >= *ceiling) return false;
  } while (!channels_.compare_exchange_weak(used, used + 1, std::memory_order_relaxed));
  return true;
}

Limits::Grant Limits::take(LimitCounters& counters, const Ceilings& ceilings, Monotonic now) {
  if (!counters.take_channel(ceilings.channels)) return {domain::Reason::TrunkChannelsExceeded, {}};
  ChannelToken token(counters);
  if (ceilings.per_second && (*ceilings.per_second == 0 || !counters.take_rate(*ceilings.per_second, now)))
    return {domain::Reason::TrunkCpsExceeded, {}};
  return {domain::Reason::NormalClearing, std::move(token)};
}

Limits::Grant Limits::take_trunk(TrunkId trunk, domain::Direction direction, const Ceilings& ceilings,
                                 Monotonic now) {
  return take(counters({trunk.value, kind_of(direction)}), ceilings, now);
}

Limits::Grant Limits::take_provider(ProviderId provider, const Ceilings& ceilings, Monotonic now) {
  return take(counters({provider.value, kProviderKind}), ceilings, now);
}

std::uint32_t Limits::trunk_channels(TrunkId trunk, domain::Direction direction) const {
  return channels({trunk.value, kind_of(direction)});
}

std::uint32_t Limits::provider_channels(ProviderId provider) const {
  return channels({provider.value, kProviderKind});
}

LimitCounters& Limits::counters(const Key& key) {
  Stripe& stripe = stripes_[KeyHash{}(key) % kStripes];
  const std::lock_guard lock(stripe.mutex);
  auto& entry = stripe.counters[key];
  if (!entry) entry = std::make_unique<LimitCounters>();
  return *entry;
}

std::uint32_t Limits::channels(const Key& key) const {
  const Stripe& stripe = stripes_[KeyHash{}(key) % kStripes];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.counters.find(key);
  return found == stripe.counters.end() ? 0 : found->second->channels();
}

}  // namespace warp::calls
