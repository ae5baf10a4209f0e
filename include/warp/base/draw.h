// Draw: chance out of one random number, the same for the same number (SplitMix64). Nothing for what nobody
// may guess: IdSource is.
#pragma once

#include <cstdint>

namespace warp {

// The next number of the row that `state` is at.
constexpr std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15ull;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

class Draw {
 public:
  explicit constexpr Draw(std::uint64_t seed) : state_(seed) {}
  // 0 .. bound - 1; bound > 0.
  constexpr std::uint64_t below(std::uint64_t bound) { return split_mix(state_) % bound; }

 private:
  std::uint64_t state_;
};

}  // namespace warp
