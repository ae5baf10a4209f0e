// Watch: whether anybody on any node watches a topic, or did a while ago. What costs something to find out is
// only looked for while it is so. Not synchronised.
#pragma once

#include <algorithm>
#include <chrono>

namespace warp::live {

class Watch {
 public:
  using Clock = std::chrono::steady_clock;
  // After the last one has gone, who comes back finds all that has happened since.
  static constexpr std::chrono::seconds kKept{600};
  // Those who look go on for longer than those who come back rely on: nodes learn of each other late.
  static constexpr std::chrono::seconds kLinger{30};
  static constexpr std::chrono::seconds kTellEvery{10};

  // `shared`: with other nodes, of whom nothing is known yet; they are taken to watch.
  explicit Watch(bool shared) : until_(shared ? kUnknown : Clock::time_point{}) {}

  // Places of before are good, since looking never ceased.
  bool kept(Clock::time_point now) const { return now < until_; }
  bool wanted(Clock::time_point now) const { return now < until_ + kLinger; }

  // Somebody here begins to watch, or goes on.
  void here(Clock::time_point now) {
    if (until_ < now + kKept) until_ = now + kKept;
  }
  // Others have to be told that somebody here watches; true once in kTellEvery.
  bool tell(Clock::time_point now) {
    if (now < told_ + kTellEvery) return false;
    told_ = now;
    return true;
  }
  // It could not be told.
  void untold() { told_ = {}; }
  // What all nodes together keep it for; at most 0: nobody watches.
  void heard(Clock::time_point now, std::chrono::milliseconds left) {
    if (left.count() > 0)
      until_ = now + left;
    else
      until_ = until_ == kUnknown ? now - kLinger : std::min(until_, now);
  }

 private:
  static constexpr Clock::time_point kUnknown = Clock::time_point::max() - kLinger;
  Clock::time_point until_, told_{};
};

}  // namespace warp::live
