#include "ring.h"

#include <algorithm>
#include <bit>

namespace warp::recording {
namespace {

constexpr std::size_t kLeastRing = 4096;
constexpr std::uint64_t kLengthWord = sizeof(std::uint64_t);  // as wide as what items begin on

std::uint64_t whole_words(std::uint64_t octets) {
  return (octets + kLengthWord - 1) / kLengthWord * kLengthWord;
}

}  // namespace

Ring::Ring(std::size_t octets)
    : capacity_(std::bit_ceil(std::max(octets, kLeastRing))), room_(capacity_ / kLengthWord) {}

std::byte* Ring::at(std::uint64_t position) {
  return reinterpret_cast<std::byte*>(room_.data()) + (position & (capacity_ - 1));
}

std::atomic_ref<std::uint32_t> Ring::word_at(std::uint64_t position) {
  return std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(at(position)));
}

bool Ring::put(std::span<const std::byte> head, std::span<const std::byte> body) {
  const std::uint64_t size = head.size() + body.size();
  const auto needed = kLengthWord + whole_words(size);
  if (size == 0 || needed > capacity_ / 4) return false;
  auto begin = head_.load(std::memory_order_relaxed);
  std::uint64_t skipped = 0;
  do {
    const auto to_end = capacity_ - (begin & (capacity_ - 1));
    skipped = needed <= to_end ? 0 : to_end;
    // Behind the tail `begin` is stale, and the swap fails.
    const auto used =
        static_cast<std::int64_t>(begin + skipped + needed - tail_.load(std::memory_order_acquire));
    if (used > static_cast<std::int64_t>(capacity_)) return false;
  } while (!head_.compare_exchange_weak(begin, begin + skipped + needed, std::memory_order_release,
                                        std::memory_order_relaxed));
  if (skipped != 0)
    word_at(begin).store(kSkip | static_cast<std::uint32_t>(skipped), std::memory_order_release);
  begin += skipped;
  std::memcpy(at(begin) + kLengthWord, head.data(), head.size());
  if (!body.empty()) std::memcpy(at(begin) + kLengthWord + head.size(), body.data(), body.size());
  word_at(begin).store(static_cast<std::uint32_t>(size), std::memory_order_release);
  return true;
}

bool Ring::next(std::span<const std::byte>& item) {
  for (;;) {
    const auto begin = tail_.load(std::memory_order_relaxed);
    const auto word = word_at(begin).load(std::memory_order_acquire);
    if (word == 0) return false;
    if ((word & kSkip) != 0) {
      reading_ = word & ~kSkip;
      release();
      continue;
    }
    reading_ = kLengthWord + whole_words(word);
    item = {at(begin) + kLengthWord, word};
    return true;
  }
}

void Ring::release() {
  const auto begin = tail_.load(std::memory_order_relaxed);
  std::memset(at(begin), 0, reading_);
  tail_.store(begin + reading_, std::memory_order_release);
}

}  // namespace warp::recording
