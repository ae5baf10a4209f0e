#include "cache.h"

#include <algorithm>

namespace warp::net::dns {
namespace {

// An answer is renewed in the last tenth of its life.
constexpr int kRenewShare = 10;
constexpr std::size_t kLookedAtToEvict = 8;

const std::shared_ptr<const Answer>& failed_answer() {
  static const auto failed = std::make_shared<const Answer>();
  return failed;
}

}  // namespace

Cache::Seen Cache::look(const KeyView& key, Monotonic now) {
  auto& part = stripe(key);
  const std::lock_guard lock(part.mutex);
  const auto found = part.entries.find(key);
  if (found == part.entries.end()) return {};
  Entry& entry = found->second;
  if (entry.answer && now < entry.expires) {
    const bool renew = now >= entry.renew_at && now >= entry.resting_until && !entry.renewing;
    entry.renewing = entry.renewing || renew;
    return {Seen::State::Fresh, entry.answer, false, renew};
  }
  const bool old = entry.answer && entry.answer->outcome == Outcome::Found && now < entry.stale_until;
  if (now < entry.resting_until)
    return {Seen::State::Resting, old ? entry.answer : failed_answer(), old, false};
  return old ? Seen{Seen::State::Stale, entry.answer, true, false} : Seen{};
}

// The caller holds the stripe's lock.
Cache::Entry& Cache::entry(Stripe& part, const KeyView& key) {
  const auto found = part.entries.find(key);
  if (found != part.entries.end()) return found->second;
  if (part.entries.size() >= std::max<std::size_t>(settings_.entries / kStripes, 1)) {
    auto oldest = part.entries.begin();
    auto at = oldest;
    for (std::size_t i = 0; i < kLookedAtToEvict && at != part.entries.end(); ++i, ++at)
      if (at->second.expires < oldest->second.expires) oldest = at;
    part.entries.erase(oldest);
  }
  return part.entries[Key{std::string(key.name), key.type}];
}

void Cache::keep(const KeyView& key, std::shared_ptr<const Answer> answer, Monotonic now) {
  const bool positive = answer->outcome == Outcome::Found;
  const auto most = positive ? settings_.most_ttl : settings_.most_negative_ttl;
  const auto ttl = std::max(std::min(answer->ttl, most), settings_.least_ttl);
  auto& part = stripe(key);
  const std::lock_guard lock(part.mutex);
  Entry& kept = entry(part, key);
  kept.answer = std::move(answer);
  kept.expires = now + ttl;
  kept.renew_at = kept.expires - ttl / kRenewShare - std::chrono::milliseconds(500);
  kept.stale_until = kept.expires + settings_.stale;
  kept.resting_until = {};
  kept.renewing = false;
}

void Cache::failed(const KeyView& key, Monotonic now) {
  auto& part = stripe(key);
  const std::lock_guard lock(part.mutex);
  Entry& kept = entry(part, key);
  kept.resting_until = now + settings_.retry;
  kept.renewing = false;
}

std::size_t Cache::size() const {
  std::size_t count = 0;
  for (const auto& part : stripes_) {
    const std::lock_guard lock(part.mutex);
    count += part.entries.size();
  }
  return count;
}

}  // namespace warp::net::dns
