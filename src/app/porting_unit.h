// PortingUnit: where numbers come from: the stock, port requests, checks of companies; each by the platform's
// own provider or by one outside, as configured. On the API's loop.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "warp/api/ports.h"
#include "warp/net/task_group.h"
#include "warp/pg/pool.h"

#include "app/config.h"

namespace warp::app {

class PortingUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  PortingUnit(const Config& config, boost::asio::any_io_executor executor, pg::Pool& pool, const Clock& clock,
              log::Logger& log, metrics::Registry& metrics);
  ~PortingUnit();

  domain::PortingPort* porting();
  domain::EntityChecks* entities();
  domain::NumberStock* stock();
  void start(net::TaskGroup& tasks);
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
