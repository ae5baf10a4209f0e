// Counters and figures of one side of a stream: written by its worker alone, read by anyone.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>

namespace warp::media {

// A counter with one writer: a plain add, without the bus lock of fetch_add.
class SideCounter {
 public:
  void add(std::uint64_t count) { set(value() + count); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// A figure that may be unknown; what is larger than it can hold is its largest.
class SideFigure {
 public:
  void set(std::uint64_t value) {
    value_.store(static_cast<std::uint32_t>(std::min<std::uint64_t>(value, kUnknown - 1)),
                 std::memory_order_relaxed);
  }
  void set_largest(std::uint64_t value) { set(std::max<std::uint64_t>(value, this->value().value_or(0))); }
  void set_least(std::uint64_t value) {
    set(std::min<std::uint64_t>(value, this->value().value_or(kUnknown)));
  }
  std::optional<std::uint32_t> value() const {
    const auto value = value_.load(std::memory_order_relaxed);
    return value == kUnknown ? std::nullopt : std::optional(value);
  }

 private:
  static constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();
  std::atomic<std::uint32_t> value_{kUnknown};
};

}  // namespace warp::media
