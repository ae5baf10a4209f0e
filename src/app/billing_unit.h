// BillingUnit: cycles that are closed, invoices that are made. On the control loop.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/net/task_group.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class BillingUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  BillingUnit(const Config& config, const UnitNeeds& needs);
  ~BillingUnit();

  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
