// SpendExchange: what nodes used of limits of spending (charging/spend_watch.h), added up in Redis: a hash a
// limit and window, warp:spend:<limit>:<begin of the window>. Gone two windows later.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/charging/spend_watch.h"
#include "warp/redis/client.h"

namespace warp::app {

class SpendExchange {
 public:
  SpendExchange(redis::Client& redis, charging::SpendWatch& watch) : redis_(redis), watch_(watch) {}

  // What that window begins with when nobody has told of it yet; others begin with nothing.
  void seed(const Uuid& limit, WallTime since, const charging::Usage& used) { seeds_[limit] = {since, used}; }
  // A few pipelines: what was used here since the last turn, and what all have used.
  boost::asio::awaitable<void> turn(WallTime now);

 private:
  using Share = charging::SpendWatch::Share;
  static constexpr std::size_t kCommands = 7;  // a share
  static constexpr std::size_t kShares = 256;  // a pipeline
  std::vector<std::vector<std::string>> commands(std::span<const Share> shares) const;
  void hear(const Share& share, std::span<const redis::Reply> replies);

  redis::Client& redis_;
  charging::SpendWatch& watch_;
  std::unordered_map<Uuid, std::pair<WallTime, charging::Usage>> seeds_;
};

}  // namespace warp::app
