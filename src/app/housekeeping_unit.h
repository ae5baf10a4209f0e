// HousekeepingUnit: rows that nobody needs any more, forgotten in the background: ended sessions, answers to
// repeats, delivered events, old audit events. On the control loop. Many nodes may do it: each round is short
// and does nothing twice.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/net/task_group.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class HousekeepingUnit {
 public:
  HousekeepingUnit(const Config& config, const UnitNeeds& needs);
  ~HousekeepingUnit();

  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
