// Runs coroutines of the data rooms in a test: a loop on one thread of its own, as the control pool has.
#pragma once

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include <boost/asio.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/pg/pool.h"

namespace warp::test {

class ControlThread {
 public:
  ControlThread() : thread_([this] { context_.run(); }) {}
  ~ControlThread() {
    context_.stop();
    thread_.join();
  }
  boost::asio::any_io_executor executor() { return context_.get_executor(); }

  // The value of the coroutine; throws when it takes longer than `limit`.
  template <class T>
  T run(boost::asio::awaitable<T> task, std::chrono::seconds limit = std::chrono::seconds(60)) {
    auto future = boost::asio::co_spawn(context_, std::move(task), boost::asio::use_future);
    if (future.wait_for(limit) != std::future_status::ready) throw std::runtime_error("the coroutine hangs");
    return future.get();
  }
  template <class T>
  std::future<T> spawn(boost::asio::awaitable<T> task) {
    return boost::asio::co_spawn(context_, std::move(task), boost::asio::use_future);
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::thread thread_;
};

// A pool with its surroundings. Declared last in a test, so that it goes first.
struct TestPool {
  metrics::Registry metrics;
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  ControlThread control;
  pg::Pool pool;

  explicit TestPool(pg::PoolSettings settings) : pool(control.executor(), std::move(settings), metrics, log) {
    pool.start();
  }
  explicit TestPool(std::string conninfo) : TestPool(with(std::move(conninfo))) {}
  ~TestPool() { control.run(pool.close()); }

  static pg::PoolSettings with(std::string conninfo) {
    pg::PoolSettings settings;
    settings.conninfo = std::move(conninfo);
    settings.size = 4;
    return settings;
  }
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return control.run(std::move(task));
  }
};

}  // namespace warp::test
