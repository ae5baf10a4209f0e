// CaptureRing: packets on their way from one shard to the sender: one writer, one reader, no lock. The slots
// keep their room, so a busy ring allocates nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

namespace warp::integrations {

class CaptureRing {
 public:
  explicit CaptureRing(std::size_t slots) : slots_(slots + 1) {}

  // The slot to write into; null when all are taken. Writer.
  std::string* begin_write() {
    const auto at = written_.load(std::memory_order_relaxed);
    return next(at) == read_.load(std::memory_order_acquire) ? nullptr : &slots_[at];
  }
  void commit() { written_.store(next(written_.load(std::memory_order_relaxed)), std::memory_order_release); }
  // Gives each packet that is there to `take`. Reader.
  template <class Take>
  std::size_t drain(Take take) {
    std::size_t count = 0;
    auto at = read_.load(std::memory_order_relaxed);
    const auto end = written_.load(std::memory_order_acquire);
    for (; at != end; ++count) {
      take(slots_[at]);
      at = next(at);
      read_.store(at, std::memory_order_release);
    }
    return count;
  }

 private:
  std::size_t next(std::size_t at) const { return at + 1 == slots_.size() ? 0 : at + 1; }
  std::vector<std::string> slots_;
  alignas(64) std::atomic<std::size_t> written_{0};
  alignas(64) std::atomic<std::size_t> read_{0};
};

}  // namespace warp::integrations
