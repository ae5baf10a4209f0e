#include "connector.h"

#include <array>
#include <utility>

#include <libpq-fe.h>

namespace warp::pg {
namespace {

using boost::asio::posix::stream_descriptor;

// What the code relies on: times as ISO text in UTC, UTF-8 both ways, a dead peer found in bounded time.
ConnectionHandle begin_connect(const std::string& conninfo) {
  constexpr std::array<const char*, 6> keys = {"dbname",           "client_encoding",           "options",
                                               "tcp_user_timeout", "fallback_application_name", nullptr};
  const std::array<const char*, 6> values = {
      conninfo.c_str(),
      "UTF8",
      "-c TimeZone=UTC -c DateStyle=ISO,YMD -c bytea_output=hex -c standard_conforming_strings=on",
      "15000",
      "warpd",
      nullptr};
  return ConnectionHandle(PQconnectStartParams(keys.data(), values.data(), 1));
}

void ignore_notice(void*, const char*) {}

}  // namespace

void FinishConnection::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Connector::Connector(boost::asio::any_io_executor executor, std::string conninfo,
                     std::chrono::milliseconds timeout, Done done)
    : executor_(executor),
      conninfo_(std::move(conninfo)),
      timeout_(timeout),
      done_(std::move(done)),
      descriptor_(executor),
      timer_(executor) {}

void Connector::start() {
  connection_ = begin_connect(conninfo_);
  if (!connection_) return fail("out of memory");
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return fail(PQerrorMessage(connection_.get()));
  PQsetNoticeProcessor(connection_.get(), ignore_notice, nullptr);
  timer_.expires_after(timeout_);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->fail("no connection within the time");
  });
  wait(stream_descriptor::wait_write);
}

void Connector::cancel() {
  done_ = nullptr;
  timer_.cancel();
  if (descriptor_.is_open()) descriptor_.release();
}

void Connector::wait(stream_descriptor::wait_type what) {
  boost::system::error_code error;
  descriptor_.assign(PQsocket(connection_.get()), error);
  if (error) return fail(error.message());
  descriptor_.async_wait(what, [self = shared_from_this()](boost::system::error_code failed) {
    if (!failed && self->done_) self->poll();
  });
}

void Connector::poll() {
  // The next attempt may come on another socket under the same number: let go of it before libpq closes it.
  descriptor_.release();
  switch (PQconnectPoll(connection_.get())) {
    case PGRES_POLLING_READING:
      return wait(stream_descriptor::wait_read);
    case PGRES_POLLING_WRITING:
      return wait(stream_descriptor::wait_write);
    case PGRES_POLLING_OK:
      if (PQsetnonblocking(connection_.get(), 1) != 0) return fail(PQerrorMessage(connection_.get()));
      return finish(std::move(connection_));
    default:
      return fail(PQerrorMessage(connection_.get()));
  }
}

void Connector::fail(std::string message) {
  finish(Error{ErrorKind::Unavailable, {}, std::move(message), {}});
}

void Connector::finish(Expected<ConnectionHandle> outcome) {
  auto done = std::exchange(done_, nullptr);
  timer_.cancel();
  if (descriptor_.is_open()) descriptor_.release();
  connection_.reset();
  if (done) done(std::move(outcome));
}

}  // namespace warp::pg
