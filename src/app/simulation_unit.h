// SimulationUnit: jobs that decide past calls anew. On the control loop.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/net/task_group.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class SimulationUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  SimulationUnit(const Config& config, const UnitNeeds& needs);
  ~SimulationUnit();

  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
