// BillingUnit: periods that are closed, invoices that are made, vendors' costs that are booked. On the
// control loop.
//
// A period is closed billing.close_hour hours after its end, when this node's journal has nothing old left to
// ship; many nodes may try, one does it. What fails is tried again at the next look, and counted.
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
