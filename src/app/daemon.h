// Daemon: the composition root. Makes every part, joins them, and takes them down in order.
//
// Threads: one a shard, the media engine's own, the journal's writer, the API loop, the messaging loop, the
// webhook loop, the builders of snapshot and directory, and the control loop: database, Redis, record
// shipping, /health and /metrics, signals. The thread that calls run() only waits.
#pragma once

#include <memory>
#include <string>

#include "warp/base/metrics.h"

#include "app/config.h"

namespace warp::app {

class Daemon {
 public:
  // Opens sockets, journal and ports; throws std::runtime_error with a sentence for people when something is
  // in the way.
  Daemon(Config config, std::string config_file);
  ~Daemon();

  // Serves until SIGTERM or SIGINT has drained it. The process's exit status.
  int run();
  const metrics::Registry& metrics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::app
