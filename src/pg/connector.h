// Opens one libpq connection without blocking (PQconnectPoll).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "warp/pg/error.h"

struct pg_conn;

namespace warp::pg {

struct FinishConnection {
  void operator()(pg_conn* connection) const;
};
using ConnectionHandle = std::unique_ptr<pg_conn, FinishConnection>;

// Lives until its callback was called or cancel(). The executor must be a strand or a single thread.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  using Done = std::function<void(Expected<ConnectionHandle>)>;
  Connector(boost::asio::any_io_executor executor, std::string conninfo, std::chrono::milliseconds timeout,
            Done done);
  void start();
  void cancel();  // the callback is not called any more

 private:
  void poll();
  void wait(boost::asio::posix::stream_descriptor::wait_type what);
  void finish(Expected<ConnectionHandle> outcome);
  void fail(std::string message);

  boost::asio::any_io_executor executor_;
  std::string conninfo_;
  std::chrono::milliseconds timeout_;
  Done done_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
  ConnectionHandle connection_;
};

}  // namespace warp::pg
