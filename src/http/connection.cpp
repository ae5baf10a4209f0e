#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>

#include "warp/net/quietly.h"

#include "head.h"
#include "stream_connection.h"
#include "wire.h"

namespace warp::http {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::run() {
  watchdog_ = std::make_shared<Watchdog>(socket().get_executor(), [this] {
    error_code ignored;
    socket().cancel(ignored);
  });
  // Also when something throws: the watchdog must not call a connection that is gone.
  const auto rest = std::shared_ptr<void>(nullptr, [this](void*) {
    watchdog_->stop();
    error_code ignored;
    socket().close(ignored);
  });
  if (co_await handshake()) {
    bool more = true;
    while (more && !stopping_) {
      more = co_await wait_for_octets();
      if (more) more = co_await serve_one();
    }
    if (!upgraded_) co_await close();
  }
}

template <class Stream>
void StreamConnection<Stream>::finish() {
  asio::post(socket().get_executor(), [self = this->shared_from_this()] {
    self->stopping_ = true;
    error_code ignored;
    if (self->source_ != nullptr) self->source_->stop();
    if (self->idle_) self->socket().cancel(ignored);
    if (self->socket_handed_)
      asio::co_spawn(self->socket().get_executor(), say_goodbye(self, self->socket_handed_),
                     [](std::exception_ptr) {});  // run() hears of its end by the socket
  });
}

template <class Stream>
void StreamConnection<Stream>::abort() {
  asio::post(socket().get_executor(), [self = this->shared_from_this()] {
    error_code ignored;
    if (self->source_ != nullptr) self->source_->stop();
    self->socket().close(ignored);
  });
}

template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::handshake() {
  if constexpr (kTls) {
    watchdog_->within(shared_.settings.header_timeout);
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, net::kQuietly);
    co_return !error;
  } else {
    co_return true;
  }
}

template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::wait_for_octets() {
  if (buffer_.size() > 0) co_return true;
  watchdog_->within(shared_.settings.idle_timeout);
  idle_ = true;
  const auto room = buffer_.prepare(4096);
  const auto [error, count] = co_await stream_.async_read_some(room, net::kQuietly);
  idle_ = false;
  buffer_.commit(count);
  co_return !error;
}

template <class Stream>
std::optional<Problem> StreamConnection<Stream>::head_problem(error_code error) const {
  if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow)
    return Problem::HeadTooLarge;
  if (watchdog_->hit()) return Problem::RequestTimeout;
  if (error.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
      error != bhttp::error::end_of_stream && error != bhttp::error::partial_message)
    return Problem::Malformed;
  return std::nullopt;
}

template <class Stream>
Response StreamConnection<Stream>::problem(Problem what, Request& request, std::string_view detail) {
  return error_page(shared_, what, request, detail);
}

// One request from its head to the end of its answer; false when the connection is to be closed.
template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::serve_one() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(shared_.settings.header_limit));
  parser.body_limit(boost::none);  // counted in read_body, by route
  watchdog_->within(shared_.settings.header_timeout);
  const auto [error, count] = co_await bhttp::async_read_header(stream_, buffer_, parser, net::kQuietly);
  const auto started = shared_.clock.now();
  Request request;
  request.remote = remote_;
  request.secure = kTls;
  Response response;
  bool keep_alive = false;
  const unsigned version = error ? 11 : parser.get().version();
  if (error) {
    const auto what = head_problem(error);
    if (!what) co_return false;
    shared_.broken_requests.add();
    unread_ = true;
    response = problem(*what, request, *what == Problem::Malformed ? error.message() : std::string());
  } else {
    keep_alive = parser.keep_alive();
    response = co_await respond(parser, request);
    if (upgraded_) co_return false;
    if (!parser.is_done()) unread_ = true;
  }
  if (unread_ || response.close || stopping_) keep_alive = false;
  if (shared_.hooks.decorate) shared_.hooks.decorate(request, response);
  const auto status = response.status;
  const auto note = response.note;
  const bool delivered = co_await send(request, std::move(response), keep_alive, version);
  if (shared_.hooks.observe) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(shared_.clock.now() - started);
    shared_.hooks.observe(Exchange{request, status, note, sent_, took});
  }
  co_return delivered&& keep_alive;
}

// Leaves parser.is_done() false when octets of the body remain that nobody will read.
template <class Stream>
asio::awaitable<Response> StreamConnection<Stream>::respond(Parser& parser, Request& request) {
  if (const auto fault = read_head(parser.get().base(), request)) {
    shared_.broken_requests.add();
    Response refusal = problem(Problem::Malformed, request, *fault);
    refusal.close = true;
    co_return refusal;
  }
  auto match = shared_.router.match(request.method, request.path);
  std::optional<Response> refusal;
  std::size_t limit = kDrainLimit;
  const bool expects = expects_continue(request);
  if (match.outcome == Router::Outcome::Found) {
    request.route = match.route->pattern;
    request.params = std::move(match.params);
    limit = match.route->body_limit;
    if (match.route->gate) refusal = co_await match.route->gate(request);
  } else if (match.outcome == Router::Outcome::NotFound) {
    refusal = problem(Problem::NotFound, request, "");
  } else if (match.outcome == Router::Outcome::MethodNotAllowed) {
    refusal = problem(Problem::MethodNotAllowed, request, match.allow);
    refusal->headers.set("Allow", match.allow);
  } else if (match.outcome == Router::Outcome::BadParameter) {
    request.route = match.route->pattern;
    refusal = problem(Problem::BadParameter, request, match.bad_parameter);
  } else {
    refusal = problem(Problem::BadPath, request, "");
  }
  if (!refusal && match.route->socket && boost::beast::websocket::is_upgrade(parser.get())) {
    upgraded_ = co_await take_over(*match.route, parser, request);
    if (upgraded_) co_return Response{};
    refusal = problem(Problem::Malformed, request, "the WebSocket could not be opened");
    refusal->close = true;
  }
  if (refusal) {
    limit = kDrainLimit;
    // A client that waits for "100 Continue" sends no body after a refusal; there is nothing to read off.
    if (expects) co_return std::move(*refusal);
  }
  const auto length = parser.content_length();
  if (length && *length > limit) {
    if (refusal) co_return std::move(*refusal);
    co_return problem(Problem::BodyTooLarge, request, std::to_string(limit) + " octets at most");
  }
  if (expects && !parser.is_done() && !co_await send_continue()) {
    Response gone;
    gone.close = true;
    co_return gone;
  }
  if (!refusal && match.route->sink) request.sink = match.route->sink(request);
  const auto read = co_await read_body(parser, request, limit);
  if (refusal) co_return std::move(*refusal);
  switch (read) {
    case BodyRead::Complete:
      break;
    case BodyRead::TooLarge:
      co_return problem(Problem::BodyTooLarge, request, std::to_string(limit) + " octets at most");
    case BodyRead::TimedOut:
      co_return problem(Problem::RequestTimeout, request, "");
    case BodyRead::Malformed:
    case BodyRead::Gone:
      shared_.broken_requests.add();
      co_return problem(Problem::Malformed, request, "the body is broken");
  }
  co_return co_await run_handler(*match.route, request);
}

template <class Stream>
asio::awaitable<Response> StreamConnection<Stream>::run_handler(const Route& route, Request& request) {
  watchdog_->off();
  auto body = std::move(request.body);
  request.body.clear();
  Request handed = request;
  handed.body = std::move(body);
  request.sink.reset();
  std::string failure;
  try {
    co_return co_await route.handler(std::move(handed));
  } catch (const std::exception& exception) {
    failure = exception.what();
  }
  shared_.log.error("http.handler_failed",
                    {{"listener", shared_.settings.name}, {"route", request.route}, {"error", failure}});
  co_return problem(Problem::HandlerFailed, request, "");
}

std::shared_ptr<Connection> make_connection(const Shared& shared, tcp::socket socket) {
  return std::make_shared<StreamConnection<tcp::socket>>(shared, std::move(socket));
}

std::shared_ptr<Connection> make_connection(const Shared& shared, tcp::socket socket,
                                            asio::ssl::context& tls) {
  return std::make_shared<StreamConnection<TlsStream>>(shared, std::move(socket), tls);
}

Response error_page(const Shared& shared, Problem problem, Request& request, std::string_view detail) {
  return shared.hooks.error_page ? shared.hooks.error_page(problem, request, detail)
                                 : plain_error_page(problem, detail);
}

}  // namespace warp::http
