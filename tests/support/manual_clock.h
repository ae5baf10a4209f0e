// ManualClock: time that stands still until a test moves it.
#pragma once

#include "warp/base/clock.h"

namespace warp::test {

class ManualClock final : public Clock {
 public:
  Monotonic now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(std::chrono::microseconds by) {
    now_ += by;
    wall_ += by;
  }

 private:
  Monotonic now_{std::chrono::hours(24)};
  WallTime wall_{std::chrono::seconds(1'750'000'000)};
};

}  // namespace warp::test
