// ScoreTable: points and buckets of sources that are no friends, in sets of eight; a newcomer takes the place
// of the least guilty. Thread-safe: one mutex for every few sets.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>

#include "warp/base/clock.h"

#include "source_key.h"

namespace warp::calls {

class ScoreTable {
 public:
  static constexpr std::size_t kKinds = 4;  // of methods

  struct Entry {
    SourceKey key = 0;
    double points = 0;
    Monotonic scored{}, seen{};
    Monotonic welcome_until{};
    std::uint32_t bans = 0;
    std::array<float, kKinds> tokens{};
    Monotonic filled{};
  };

  ScoreTable(std::size_t places, std::uint64_t seed, std::chrono::seconds half_life,
             std::chrono::seconds memory)
      : sets_(places / kWays),
        seed_(seed),
        half_life_(half_life),
        memory_(memory),
        entries_(std::make_unique<Entry[]>(places)) {}

  double points(const Entry& entry, Monotonic now) const {
    const std::chrono::duration<double> past = now - entry.scored;
    return entry.points * std::exp2(-past / half_life_);
  }
  // Calls use(entry) with the source's entry, made when there is none.
  template <class Use>
  auto with(SourceKey key, Monotonic now, float full_bucket, Use use) {
    const std::size_t set = set_of(key, seed_, sets_);
    const std::lock_guard lock(stripes_[set % kStripes]);
    Entry& entry = entry_of(&entries_[set * kWays], key, now, full_bucket);
    entry.seen = now;
    return use(entry);
  }
  void forget(SourceKey key) {
    const std::size_t set = set_of(key, seed_, sets_);
    const std::lock_guard lock(stripes_[set % kStripes]);
    for (std::size_t way = 0; way < kWays; ++way)
      if (Entry& entry = entries_[set * kWays + way]; entry.key == key) entry = {};
  }

 private:
  static constexpr std::size_t kStripes = 64;

  // What it would cost to forget it: past bans weigh more than any points.
  double guilt(const Entry& entry, Monotonic now) const {
    if (entry.key == 0) return -1;
    return points(entry, now) + 1000.0 * entry.bans + (entry.welcome_until > now ? 500.0 : 0.0);
  }
  Entry& entry_of(Entry* set, SourceKey key, Monotonic now, float full_bucket) {
    Entry* least = set;
    for (std::size_t way = 0; way < kWays; ++way) {
      if (set[way].key == key) {
        if (now - set[way].seen > memory_) set[way].bans = 0;
        return set[way];
      }
      if (guilt(set[way], now) < guilt(*least, now)) least = &set[way];
    }
    *least = {};
    least->key = key;
    least->scored = least->filled = now;
    least->tokens.fill(full_bucket);
    return *least;
  }

  const std::size_t sets_;
  const std::uint64_t seed_;
  const std::chrono::duration<double> half_life_;
  const std::chrono::seconds memory_;
  std::array<std::mutex, kStripes> stripes_;
  const std::unique_ptr<Entry[]> entries_;
};

}  // namespace warp::calls
