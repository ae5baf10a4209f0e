// FlatIndex: numbers to positions, open addressing, built once. One read of memory a lookup, 16 octets a
// slot.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "warp/rating/digit_index.h"

namespace warp::routing {

class FlatIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  void reserve(std::size_t count) { slots_.assign(std::bit_ceil(count * 2 + 2), Slot{}); }
  // False when the key is there already. reserve() came first, with at least as many.
  bool insert(rating::PrefixKey key, std::uint32_t position) {
    auto& slot = slots_[place(key)];
    if (slot.key != kEmpty) return false;
    slot = {key.bits(), position};
    return true;
  }
  std::uint32_t find(rating::PrefixKey key) const {
    return slots_.empty() ? kNone : slots_[place(key)].position;
  }

 private:
  // No key of a number: a number has a length.
  static constexpr std::uint64_t kEmpty = 0;
  struct Slot {
    std::uint64_t key = kEmpty;
    std::uint32_t position = kNone;
  };

  std::size_t place(rating::PrefixKey key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (key.bits() * 0x9E3779B97F4A7C15ull >> 20) & mask;
    while (slots_[at].key != kEmpty && slots_[at].key != key.bits())
      at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_;
};

}  // namespace warp::routing
