// ChargingUnit: money for calls: leases of this process, their renewal, what an earlier process left. On the
// control loop.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/domain/charging.h"
#include "warp/net/task_group.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class ChargingUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  ChargingUnit(const Config& config, const UnitNeeds& needs);
  ~ChargingUnit();

  domain::ChargingPort* port();  // null: no money is held for calls
  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
