// WayMark: one call that is being set up on a way (a pair of numbers towards an address), counted while the
// mark lives. Marks and their Ways are of one shard's thread; the Ways outlive them.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace warp::calls {

using Ways = std::unordered_map<std::uint64_t, unsigned>;  // how many calls are on each

class WayMark {
 public:
  WayMark() = default;
  WayMark(Ways& ways, std::uint64_t way) : ways_(&ways), way_(way) { ++ways[way]; }
  WayMark(WayMark&& other) noexcept : ways_(std::exchange(other.ways_, nullptr)), way_(other.way_) {}
  WayMark& operator=(WayMark&& other) noexcept {
    if (this == &other) return *this;
    leave();
    ways_ = std::exchange(other.ways_, nullptr);
    way_ = other.way_;
    return *this;
  }
  ~WayMark() { leave(); }

  void leave() {
    if (ways_ == nullptr) return;
    Ways& ways = *std::exchange(ways_, nullptr);
    const auto found = ways.find(way_);
    if (--found->second == 0) ways.erase(found);
  }

 private:
  Ways* ways_ = nullptr;
  std::uint64_t way_ = 0;
};

}  // namespace warp::calls
