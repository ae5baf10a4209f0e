// LimitExchange: what nodes say to each other of limits and bans (calls/limit_cluster.h), through Redis. A
// node's word stands in warp:limits:<node> and is gone `life` after it was last said, so a dead node's use is
// given back; warp:limits names the nodes. One pipeline a turn.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/redis/client.h"

namespace warp::app {

class LimitExchange {
 public:
  LimitExchange(redis::Client& redis, std::string node, std::chrono::milliseconds life);

  // Says `word`; what the others said last, nullopt when Redis is away.
  boost::asio::awaitable<std::optional<std::vector<std::string>>> turn(std::string word);
  // Takes our word back.
  boost::asio::awaitable<void> leave();

 private:
  std::vector<std::vector<std::string>> commands(std::string word) const;
  std::vector<std::string> read(const std::vector<redis::Reply>& replies);

  redis::Client& redis_;
  const std::string node_, life_ms_;
  std::vector<std::string> others_;  // nodes that were there at the last turn
  std::vector<std::string> gone_;    // of them, those that said nothing any more
};

}  // namespace warp::app
