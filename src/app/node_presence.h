// NodePresence: says in Redis that this node lives and how many calls it carries: key warp:node:<host>:<pid>,
// gone kLife after the last word. The other nodes and the operator's tools read it. Redis may be away: then
// nobody knows, and the daemon works on.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/redis/client.h"

namespace warp::app {

class NodePresence {
 public:
  static constexpr std::chrono::seconds kInterval{5}, kLife{15};

  NodePresence(redis::Client& redis, std::function<std::size_t()> active_calls);
  boost::asio::awaitable<void> run();  // until cancelled
  boost::asio::awaitable<void> leave();

 private:
  redis::Client& redis_;
  std::function<std::size_t()> active_calls_;
  const std::string key_;
};

}  // namespace warp::app
