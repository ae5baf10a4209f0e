// TeliqueCache: what look-ups found, for a while. A fixed number of slots in sets of eight: what is new takes
// the place of what would have ended first in its set, so that memory is bounded and nothing is swept.
// Thread-safe: sets lie in shards with a lock each.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"

namespace warp::integrations {

// A key is the kind of look-up in the upper three bits and the number below.
class TeliqueCache {
 public:
  struct Value {
    std::string_view text() const { return {text_.data(), length_}; }
    std::string_view more() const { return {more_.data(), more_length_}; }

   private:
    friend class TeliqueCache;
    std::array<char, 15> text_{};
    std::array<char, 4> more_{};
    std::uint8_t length_ = 0, more_length_ = 0;
  };

  TeliqueCache(std::size_t entries, const Clock& clock);

  std::optional<Value> find(std::uint64_t key) const;
  // `text` at most 15 octets, `more` at most 4: longer ones are not kept.
  void put(std::uint64_t key, std::string_view text, std::string_view more, std::chrono::seconds life);
  std::size_t capacity() const { return sets_.size() * kWays; }

 private:
  static constexpr std::size_t kWays = 8, kShards = 64;
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t until = 0;  // in seconds of the clock, from the cache's making on; 0: empty
    Value value;
  };
  using Set = std::array<Slot, kWays>;
  std::size_t set_of(std::uint64_t key) const;
  std::uint32_t now() const;

  const Clock& clock_;
  const Monotonic began_;
  std::vector<Set> sets_;
  mutable std::array<std::mutex, kShards> locks_;  // lock i guards the sets whose index is i modulo kShards
};

}  // namespace warp::integrations
