// Pace: when the next turn of a busy loop should begin, so that what arrives meanwhile is done in one turn:
// fewer switches and system calls for each piece, and caches that are warm for all but the first. Pure: times
// come from outside.
//
// A turn is one look at what is ready. Turns are `in_haste` apart for kHaste after something came that
// somebody waits for, and `at_leisure` otherwise. A loop is busy while its last kTurns turns were on average
// no more than one and a half times that from each other; it is never held back before, so that what comes
// alone is done at once.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "warp/base/clock.h"

namespace warp::net {

class Pace {
 public:
  static constexpr std::size_t kTurns = 8;

  static constexpr std::chrono::seconds kHaste{1};

  struct Distances {
    std::chrono::nanoseconds in_haste{}, at_leisure{};  // zero: then the loop is never busy
  };

  Pace() = default;
  explicit Pace(Distances apart) : apart_(apart) {}

  // Something came that somebody waits for.
  void hurry(Monotonic now) { hurried_ = now; }

  // A turn that had something to do begins.
  void turn(Monotonic now) {
    turns_[next_] = now;
    next_ = (next_ + 1) % kTurns;
  }

  // How long the next turn should wait, zero when turns take as long as they are to be apart. None: the loop
  // is not busy.
  std::optional<std::chrono::nanoseconds> rest(Monotonic now) const {
    const Monotonic oldest = turns_[next_], newest = turns_[(next_ + kTurns - 1) % kTurns];
    const bool haste = hurried_ != Monotonic{} && now - hurried_ < kHaste;
    const auto apart = haste ? apart_.in_haste : apart_.at_leisure;
    if (oldest == Monotonic{} || now - oldest > kTurns * apart * 3 / 2) return std::nullopt;
    return std::max<std::chrono::nanoseconds>(newest + apart - now, {});
  }

 private:
  Distances apart_;
  Monotonic hurried_{};
  std::array<Monotonic, kTurns> turns_{};
  std::size_t next_ = 0;
};

}  // namespace warp::net
