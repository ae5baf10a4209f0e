// WebhooksUnit: what happened, brought to the web servers that asked for it. On the control loop; requests go
// out on it as coroutines. Many nodes may work: a delivery is taken by one at a time.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/net/task_group.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class WebhooksUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  WebhooksUnit(const Config& config, const std::string& conninfo, const UnitNeeds& needs);
  ~WebhooksUnit();

  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
