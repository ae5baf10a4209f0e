// QualityUnit: what routes were worth of late, read from the hours of all nodes. On the control loop.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/net/task_group.h"
#include "warp/routing/query.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class QualityUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  QualityUnit(const Config& config, const UnitNeeds& needs);
  ~QualityUnit();

  const routing::QualityHolder& quality() const;  // empty: no route has a quality
  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
