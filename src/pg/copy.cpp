// COPY on a connection: outside of pipeline mode, since libpq has no COPY in it.
#include <boost/asio.hpp>
#include <libpq-fe.h>

#include "connection.h"
#include "result_error.h"

namespace warp::pg {

namespace asio = boost::asio;

namespace {

// Rows taken before others on the strand get their turn.
constexpr std::size_t kRowsATurn = 4096;

}  // namespace

asio::awaitable<void> Connection::changed() {
  signal_.expires_at(Monotonic::max());
  wait_read();
  co_await signal_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<std::optional<Error>> Connection::enter_copy(std::string sql, int expected,
                                                             std::chrono::milliseconds timeout) {
  if (!alive_) co_return lost_;
  if (PQexitPipelineMode(handle_.get()) == 0 || PQsendQuery(handle_.get(), sql.c_str()) == 0) {
    lose(ErrorKind::ConnectionLost, PQerrorMessage(handle_.get()));
    co_return lost_;
  }
  copying_ = true;
  copy_deadline_ = std::chrono::steady_clock::now() + timeout;
  arm_deadline(*copy_deadline_);
  flush();
  while (alive_ && PQisBusy(handle_.get()) != 0)
    co_await changed();
  if (!alive_) co_return lost_;
  const Rows held(PQgetResult(handle_.get()));
  const auto* result = held.raw();
  if (PQresultStatus(result) == expected) co_return std::nullopt;
  auto error = error_of(result);
  const auto left = co_await leave_copy();
  co_return error;
}

asio::awaitable<Expected<std::uint64_t>> Connection::leave_copy() {
  Expected<std::uint64_t> outcome = std::uint64_t{0};
  for (;;) {
    while (alive_ && PQisBusy(handle_.get()) != 0)
      co_await changed();
    if (!alive_) co_return lost_;
    const Rows result(PQgetResult(handle_.get()));
    if (!result.raw()) break;
    if (PQresultStatus(result.raw()) == PGRES_COMMAND_OK)
      outcome = result.affected();
    else
      outcome = error_of(result.raw());
  }
  copying_ = false;
  copy_deadline_.reset();
  if (PQenterPipelineMode(handle_.get()) == 0) {
    lose(ErrorKind::ConnectionLost, PQerrorMessage(handle_.get()));
    co_return lost_;
  }
  wait_read();
  co_return outcome;
}

asio::awaitable<Expected<std::uint64_t>> Connection::copy_in(std::string sql, Transaction::Producer produce,
                                                             std::chrono::milliseconds timeout) {
  const auto self = shared_from_this();
  if (auto error = co_await enter_copy(std::move(sql), PGRES_COPY_IN, timeout)) co_return std::move(*error);
  std::string buffer;
  bool more = true;
  while (more) {
    buffer.clear();
    more = produce(buffer);
    int sent = buffer.empty() ? 1 : 0;
    while (alive_ && sent == 0) {
      sent = PQputCopyData(handle_.get(), buffer.data(), static_cast<int>(buffer.size()));
      flush();
      while (alive_ && writing_)
        co_await changed();
    }
    if (!alive_) co_return lost_;
    if (sent < 0) break;
  }
  if (PQputCopyEnd(handle_.get(), nullptr) < 0)
    lose(ErrorKind::ConnectionLost, PQerrorMessage(handle_.get()));
  flush();
  co_return co_await leave_copy();
}

asio::awaitable<Expected<std::uint64_t>> Connection::copy_out(std::string sql, Transaction::Consumer consume,
                                                              std::chrono::milliseconds timeout) {
  const auto self = shared_from_this();
  if (auto error = co_await enter_copy(std::move(sql), PGRES_COPY_OUT, timeout)) co_return std::move(*error);
  const auto executor = co_await asio::this_coro::executor;
  for (std::size_t taken = 1;; ++taken) {
    if (!alive_) co_return lost_;
    char* data = nullptr;
    const int octets = PQgetCopyData(handle_.get(), &data, 1);
    if (octets < 0) break;
    if (octets == 0) {
      co_await changed();
      continue;
    }
    const std::unique_ptr<char, void (*)(void*)> owned(data, PQfreemem);
    if (!consume(std::as_bytes(std::span(data, static_cast<std::size_t>(octets))))) {
      lose(ErrorKind::ConnectionLost, "the copy was broken off");
      co_return Error{ErrorKind::BadRow, {}, "a copied row was not as expected", {}};
    }
    if (taken % kRowsATurn == 0) co_await asio::post(executor, asio::use_awaitable);
  }
  co_return co_await leave_copy();
}

}  // namespace warp::pg
