// StatusServer: /health and /ready on one port, /metrics on another, off the API's way so that a busy API
// cannot make the daemon look dead. Both listeners live on the control loop.
#pragma once

#include <memory>

#include "warp/http/router.h"
#include "warp/http/server.h"

#include "app/config.h"
#include "app/health.h"

namespace warp::app {

class StatusServer {
 public:
  StatusServer(boost::asio::any_io_executor executor, const Config& config, const Health& health,
               metrics::Registry& metrics, const Clock& clock, log::Logger& log);

  // Throws std::runtime_error with a sentence for people when a port is taken.
  void listen();
  boost::asio::awaitable<void> stop();

 private:
  http::Router health_routes_, metrics_routes_;
  std::unique_ptr<http::Server> health_server_, metrics_server_;
};

}  // namespace warp::app
