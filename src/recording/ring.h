// Ring: octets from many threads to one, without locks, bounded. What does not fit is refused.
//
// An item is reserved by one compare-and-swap, copied in, and made visible by its length word; the reader
// wipes what it has read, so that a length word is zero until its item is whole.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace warp::recording {

class Ring {
 public:
  explicit Ring(std::size_t octets);  // rounded up to a power of two

  // Any thread; one behind the other. False: no room.
  bool put(std::span<const std::byte> head, std::span<const std::byte> body);
  // What was put until now lies before this place.
  std::uint64_t mark() const { return head_.load(std::memory_order_acquire); }
  // The reader's thread: `take(item)` for what is there before a mark. How many.
  template <class Take>
  std::size_t drain(std::uint64_t stop, Take&& take) {
    std::size_t count = 0;
    for (std::span<const std::byte> item; tail_.load(std::memory_order_relaxed) < stop && next(item);
         ++count) {
      take(item);
      release();
    }
    return count;
  }

 private:
  static constexpr std::uint32_t kSkip = 0x80000000;  // no item: go on at the beginning

  bool next(std::span<const std::byte>& item);
  void release();
  std::atomic_ref<std::uint32_t> word_at(std::uint64_t position);
  std::byte* at(std::uint64_t position);

  const std::uint64_t capacity_;
  std::vector<std::uint64_t> room_;  // items begin on eight octets
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t reading_ = 0;  // octets of the item that was given out
};

}  // namespace warp::recording
