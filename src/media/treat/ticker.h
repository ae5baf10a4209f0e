// Ticker: the 20 ms clock of streams that are made rather than passed. Streams are spread over four groups,
// 5 ms apart, so that a worker's work is. Belongs to one worker.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "warp/base/clock.h"

namespace warp::media {

class Treatment;

class Ticker {
 public:
  static constexpr std::size_t kGroups = 4;
  static constexpr std::chrono::milliseconds kStep{5};  // kGroups of them are a tick
  // A worker that stood still makes up for this many steps, no more.
  static constexpr int kMostSteps = 80;

  // Where a treatment stands; kept by the treatment.
  struct Place {
    std::size_t group = kGroups, index = 0;
    bool placed() const { return group != kGroups; }
  };

  void add(Treatment& treatment, Monotonic now);
  void remove(Treatment& treatment);
  bool empty() const { return count_ == 0; }
  // How long a worker may sleep at `now`.
  std::chrono::microseconds until_next(Monotonic now) const;
  // A tick or more behind its time: the worker stood. What came meanwhile is to be heard before that time is
  // made up for, or there would be nothing to make it of.
  bool behind(Monotonic now) const { return count_ > 0 && now - due_ >= kStep * kGroups; }
  // Ticks the groups whose time has come.
  void run(Monotonic now);

 private:
  std::array<std::vector<Treatment*>, kGroups> groups_;
  std::size_t count_ = 0;
  std::size_t next_group_ = 0;
  Monotonic due_{};
};

}  // namespace warp::media
