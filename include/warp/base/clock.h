// Clock: where time comes from. Everything that needs time takes a Clock&, so tests move it by hand.
#pragma once

#include <chrono>

namespace warp {

using Monotonic = std::chrono::steady_clock::time_point;
// Wall time in microseconds since the Unix epoch, UTC: what records and certificates carry.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Monotonic now() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  Monotonic now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace warp
