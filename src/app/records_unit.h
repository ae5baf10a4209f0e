// RecordsUnit: the days of the records: made ahead of time, and brought to the archive; what the outbox has
// no more readers for; re-ratings. On the control loop.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/net/task_group.h"
#include "warp/store/record_repository.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class RecordsUnit {
 public:
  RecordsUnit(const Config& config, const UnitNeeds& needs, store::RecordRepository& records);
  ~RecordsUnit();

  void start(net::TaskGroup& tasks);
  // Before the pool is closed.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
