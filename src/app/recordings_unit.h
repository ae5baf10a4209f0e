// RecordingsUnit: recordings of this node: made for calls, written into the database, uploaded, forgotten
// when their time is up. The book is kept on the control loop.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/api/ports.h"
#include "warp/domain/recording_port.h"
#include "warp/net/task_group.h"

#include "app/config.h"
#include "app/unit_needs.h"

namespace warp::app {

class RecordingsUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  RecordingsUnit(const Config& config, const UnitNeeds& needs);
  ~RecordingsUnit();  // after whoever uses the ports

  domain::RecordingPort* port();  // null: nothing is recorded here
  api::RecordingFiles* files();   // null: no files are here

  void start(net::TaskGroup& tasks);
  // Before the pool is closed, after the calls: waits a moment for the last rows.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
