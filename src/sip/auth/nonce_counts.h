// Which counts of which nonces were used. Bounded: above the limit the oldest goes, and takes every nonce
// that was issued before it with it.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "warp/base/flat_table.h"

namespace warp::sip {

class NonceCounts {
 public:
  enum class Use : std::uint8_t { First, Again, TooOld };

  NonceCounts(std::size_t limit, std::int64_t floor) : limit_(limit), floor_(floor) {}

  // `id` is the nonce's random part; times in seconds. Counts up to 63 below the highest may come late.
  Use use(std::uint64_t id, std::int64_t issued, std::uint32_t count, std::int64_t oldest_live) {
    const std::lock_guard lock(mutex_);
    forget_before(oldest_live);
    if (Window* const found = find(id)) return found->take(count) ? Use::First : Use::Again;
    if (issued <= floor_) return Use::TooOld;
    if (windows_.size() >= limit_) drop_oldest();
    windows_.insert({id, 1, count});
    order_.push_back({id, issued});
    return Use::First;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return windows_.size();
  }

 private:
  struct Window {
    std::uint64_t id = 0;    // random, and ours: nobody chooses it
    std::uint64_t seen = 0;  // bit n: highest - n; one is always set
    std::uint32_t highest = 0;

    bool empty() const { return seen == 0; }
    std::uint64_t hash() const { return id; }
    bool take(std::uint32_t count) {
      if (count > highest) {
        const std::uint32_t step = count - highest;
        seen = step < 64 ? seen << step | 1 : 1;
        highest = count;
        return true;
      }
      const std::uint32_t behind = highest - count;
      if (behind >= 64 || (seen >> behind & 1) != 0) return false;
      seen |= std::uint64_t{1} << behind;
      return true;
    }
  };
  struct Item {
    std::uint64_t id;
    std::int64_t issued;
  };

  Window* find(std::uint64_t id) {
    return windows_.find(id, [](const Window&) { return true; });
  }
  void forget(std::uint64_t id) {
    if (Window* const found = find(id)) windows_.erase(found);
  }
  void forget_before(std::int64_t oldest_live) {
    while (!order_.empty() && order_.front().issued < oldest_live) {
      forget(order_.front().id);
      order_.pop_front();
    }
  }
  void drop_oldest() {
    if (order_.empty()) return;
    floor_ = std::max(floor_, order_.front().issued);
    forget(order_.front().id);
    order_.pop_front();
  }

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::int64_t floor_;  // issued then or before, and not among the windows: stale
  FlatTable<Window> windows_;
  std::deque<Item> order_;  // as they were first used
};

}  // namespace warp::sip
