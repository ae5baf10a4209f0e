// Which counts of which nonces were used. Bounded: above the limit the oldest goes, and takes every nonce
// that was issued before it with it.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace warp::sip {

class NonceCounts {
 public:
  enum class Use : std::uint8_t { First, Again, TooOld };

  NonceCounts(std::size_t limit, std::int64_t floor) : limit_(limit), floor_(floor) {}

  // `id` is the nonce's random part; times in seconds. Counts up to 63 below the highest may come late.
  Use use(std::uint64_t id, std::int64_t issued, std::uint32_t count, std::int64_t oldest_live) {
    const std::lock_guard lock(mutex_);
    forget_before(oldest_live);
    const auto found = windows_.find(id);
    if (found != windows_.end()) return found->second.take(count) ? Use::First : Use::Again;
    if (issued <= floor_) return Use::TooOld;
    if (windows_.size() >= limit_) drop_oldest();
    windows_.emplace(id, Window{count, 1});
    order_.push_back({id, issued});
    return Use::First;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return windows_.size();
  }

 private:
  struct Window {
    std::uint32_t highest = 0;
    std::uint64_t seen = 0;  // bit n: highest - n

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

  void forget_before(std::int64_t oldest_live) {
    while (!order_.empty() && order_.front().issued < oldest_live) {
      windows_.erase(order_.front().id);
      order_.pop_front();
    }
  }
  void drop_oldest() {
    if (order_.empty()) return;
    floor_ = std::max(floor_, order_.front().issued);
    windows_.erase(order_.front().id);
    order_.pop_front();
  }

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::int64_t floor_;  // issued then or before, and not among the windows: stale
  std::unordered_map<std::uint64_t, Window> windows_;
  std::deque<Item> order_;  // as they were first used
};

}  // namespace warp::sip
