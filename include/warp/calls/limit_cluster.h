// LimitCluster: limits and bans over several nodes. Each node says now and then what it uses of every limit,
// hears what the others use, and takes that off its own ceilings; when they cannot be heard it keeps the
// limits alone. What carries the words (Redis: app/limit_exchange.h) is not its business. One thread.
//
// What is heard is as old as an interval: together the nodes may pass a ceiling of channels by what they let
// in within one.
//
// Metrics: warp_limits_cluster{state}, warp_limits_cluster_nodes.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/calls/guard.h"
#include "warp/calls/limits.h"

namespace warp::calls {

class LimitCluster {
 public:
  enum class State : std::uint8_t { Alone, Shared };

  // `guard`: whose bans are shared; null: none. All outlive it.
  LimitCluster(Limits& limits, Guard* guard, const Clock& clock, log::Logger& log,
               metrics::Registry& metrics);
  ~LimitCluster();

  // There are others, or may be; before that nothing is shared and neither state holds.
  void begin() { alone_.set(1); }
  // What this node has to say.
  std::string own_word();
  // What the others said last; their words are as own_word() makes them, others are left out.
  void hear(const std::vector<std::string>& others);
  // They cannot be heard.
  void lose();

  State state() const { return state_; }

 private:
  struct Told {
    WallTime at;
    Guard::News news;
  };
  static constexpr std::size_t kMostNews = 1024;

  void enter(State state);
  void take_bans(std::string_view& words);

  Limits& limits_;
  Guard* const guard_;
  const Clock& clock_;
  log::Logger& log_;
  metrics::Gauge &alone_, &shared_, &nodes_;
  State state_ = State::Alone;
  std::mutex mutex_;  // guards news_: bans are made on any thread
  std::deque<Told> news_;
};

}  // namespace warp::calls
