// Replays: signatures that were seen, for as long as their PASSporTs are fresh. Thread-safe, bounded.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/text.h"

namespace warp::integrations {

// True for a signature that another call came with. The key is the hash of the whole signature, which covers
// orig, dest and iat; a hash that meets another's by chance within the minute costs one call in 2^64 its
// verstat.
class ReplayMemory {
 public:
  explicit ReplayMemory(std::size_t most) : most_(most) {}

  bool seen(std::string_view signature, std::string_view call_id, Monotonic now, Monotonic until) {
    const std::uint64_t key = stable_hash(signature), call = stable_hash(call_id);
    const std::lock_guard lock(mutex_);
    while (!order_.empty() && (order_.front().until <= now || order_.size() >= most_)) {
      calls_.erase(order_.front().key);
      order_.pop_front();
    }
    const auto [at, fresh] = calls_.try_emplace(key, call);
    if (!fresh) return at->second != call;
    order_.push_back({key, until});
    return false;
  }

 private:
  struct Item {
    std::uint64_t key;
    Monotonic until;
  };
  const std::size_t most_;
  std::mutex mutex_;  // guards the two below
  std::unordered_map<std::uint64_t, std::uint64_t> calls_;
  std::deque<Item> order_;
};

}  // namespace warp::integrations
