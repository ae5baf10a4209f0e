#include "warp/integrations/telique_cache.h"

#include <algorithm>
#include <bit>

namespace warp::integrations {

TeliqueCache::TeliqueCache(std::size_t entries, const Clock& clock)
    : clock_(clock),
      began_(clock.now()),
      sets_(std::bit_floor(std::max<std::size_t>(entries, kWays * kShards)) / kWays) {}

std::size_t TeliqueCache::set_of(std::uint64_t key) const {
  const auto mixed = (key ^ key >> 32) * 0x9E3779B97F4A7C15ull;
  return static_cast<std::size_t>(mixed >> 24) & (sets_.size() - 1);
}

// From 1 on.
std::uint32_t TeliqueCache::now() const {
  return static_cast<std::uint32_t>(
             std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - began_).count()) +
         1;
}

std::optional<TeliqueCache::Value> TeliqueCache::find(std::uint64_t key) const {
  const auto at = set_of(key);
  const auto time = now();
  const std::lock_guard lock(locks_[at % kShards]);
  for (const auto& slot : sets_[at])
    if (slot.key == key && slot.until > time) return slot.value;
  return std::nullopt;
}

void TeliqueCache::put(std::uint64_t key, std::string_view text, std::string_view more,
                       std::chrono::seconds life) {
  Value value;
  if (text.size() > value.text_.size() || more.size() > value.more_.size() || life.count() <= 0) return;
  std::copy(text.begin(), text.end(), value.text_.begin());
  std::copy(more.begin(), more.end(), value.more_.begin());
  value.length_ = static_cast<std::uint8_t>(text.size());
  value.more_length_ = static_cast<std::uint8_t>(more.size());
  const auto at = set_of(key);
  const auto until = now() + static_cast<std::uint32_t>(life.count());
  const std::lock_guard lock(locks_[at % kShards]);
  auto& set = sets_[at];
  auto slot = std::find_if(set.begin(), set.end(), [&](const Slot& one) { return one.key == key; });
  if (slot == set.end())
    slot = std::min_element(set.begin(), set.end(),
                            [](const Slot& a, const Slot& b) { return a.until < b.until; });
  *slot = {key, until, value};
}

}  // namespace warp::integrations
