// Tests with a server of ours: routes are added to router_, then listen() and run(), in whichever order.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "warp/http/server.h"

namespace warp::http {

class ServedTest : public ::testing::Test {
 protected:
  ~ServedTest() override { end(); }

  // The thread of the server, and of clients that are coroutines.
  void run() {
    thread_ = std::thread([this] { io_.run(); });
  }
  // The port.
  std::uint16_t listen(ServerSettings settings = {}, Hooks hooks = {}) {
    server_ = std::make_unique<Server>(io_.get_executor(), std::move(settings), router_, std::move(hooks),
                                       clock_, log_, metrics_);
    if (const auto started = server_->start(); !started) ADD_FAILURE() << started.error();
    return server_->port();
  }
  std::future<void> begin_stop(std::chrono::milliseconds grace) {
    return boost::asio::co_spawn(io_, server_->stop(grace), boost::asio::use_future);
  }
  void stop(std::chrono::milliseconds grace) { begin_stop(grace).get(); }
  // Nothing runs any more. First in the destructor of a test whose handlers use what is its own.
  void end() {
    if (!thread_.joinable()) return;
    if (server_) stop(std::chrono::seconds(2));
    work_.reset();
    io_.stop();
    thread_.join();
  }

  SystemClock clock_;
  log::Logger log_{{.file = "/dev/null"}};
  metrics::Registry metrics_;
  Router router_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace warp::http
