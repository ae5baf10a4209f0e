#include "connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "warp/net/quietly.h"

#include "head.h"
#include "socket.h"
#include "watchdog.h"
#include "wire.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = bhttp::request_parser<bhttp::buffer_body>;

// A refused request's body is read off to keep the connection when it is no longer than this.
constexpr std::size_t kDrainLimit = 64 * 1024;
// Answers up to this size leave with their head in one write; longer ones in pieces of kPiece, each with its
// own deadline.
constexpr std::size_t kJoinLimit = 16 * 1024;
constexpr std::size_t kPiece = 256 * 1024;
constexpr std::chrono::milliseconds kLinger{2'000};

enum class BodyRead : std::uint8_t { Complete, TooLarge, TimedOut, Malformed, Gone };

template <class Stream>
class StreamConnection final : public Connection,
                               public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  template <class... Args>
  explicit StreamConnection(const Shared& shared, Args&&... args)
      : shared_(shared),
        stream_(std::forward<Args>(args)...),
        buffer_(shared.settings.header_limit + kDrainLimit) {
    error_code ignored;
    const auto peer = socket().remote_endpoint(ignored);
    remote_ = ignored ? std::string() : peer.address().to_string();
    socket().set_option(tcp::no_delay(true), ignored);
  }

  asio::awaitable<void> run() override;
  void finish() override;
  void abort() override;

 private:
  static constexpr bool kTls = !std::is_same_v<Stream, tcp::socket>;

  tcp::socket& socket() {
    if constexpr (kTls)
      return stream_.next_layer();
    else
      return stream_;
  }

  asio::awaitable<bool> handshake();
  asio::awaitable<bool> wait_for_octets();
  asio::awaitable<bool> serve_one();
  asio::awaitable<Response> respond(Parser& parser, Request& request);
  asio::awaitable<Response> run_handler(const Route& route, Request& request);
  asio::awaitable<bool> take_over(const Route& route, Parser& parser, Request& request);
  asio::awaitable<BodyRead> read_body(Parser& parser, Request& request, std::size_t limit);
  std::chrono::milliseconds patience(Monotonic began, std::size_t come) const;
  asio::awaitable<bool> send_continue();
  asio::awaitable<bool> send(const Request& request, Response response, bool keep_alive, unsigned version);
  asio::awaitable<bool> send_source(BodySource& source, bool chunked);
  asio::awaitable<bool> write(std::string_view octets);
  asio::awaitable<void> close();
  static asio::awaitable<void> say_goodbye(std::shared_ptr<StreamConnection> keep,
                                           std::shared_ptr<WebSocket> socket);
  Response problem(Problem what, Request& request, std::string_view detail);
  std::optional<Problem> head_problem(error_code error) const;

  const Shared& shared_;
  Stream stream_;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<Watchdog> watchdog_;
  std::string remote_;
  std::uint64_t sent_ = 0;  // octets of the answer in work
  bool idle_ = false;
  bool stopping_ = false;
  bool unread_ = false;                       // the client may still be sending: linger before closing
  bool upgraded_ = false;                     // it was a WebSocket, which has ended
  BodySource* source_ = nullptr;              // whose next() is waited for
  std::shared_ptr<WebSocket> socket_handed_;  // shared with its handler while that runs
};

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

// Its handler reads that the peer has gone. A read that is cancelled would leave nothing to say goodbye on.
template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::say_goodbye(std::shared_ptr<StreamConnection>,
                                                            std::shared_ptr<WebSocket> socket) {
  co_await socket->close(kCloseGoingAway, {});
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

// False: nothing was taken over, and nothing was sent.
template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::take_over(const Route& route, Parser& parser,
                                                          Request& request) {
  // Frames before our answer: no client of ours.
  if (!parser.is_done() || buffer_.size() > 0) co_return false;
  watchdog_->off();
  auto socket = std::make_shared<SocketOf<Stream>>(stream_, route.body_limit, shared_.settings.write_timeout);
  const auto began = shared_.clock.now();
  if (!co_await socket->accept(parser.get())) co_return true;  // Beast has answered
  socket_handed_ = socket;
  std::string failure;
  try {
    Request handed = request;
    if (!stopping_) co_await route.socket(std::move(handed), socket);
  } catch (const std::exception& exception) {
    failure = exception.what();
  }
  socket_handed_.reset();
  if (!failure.empty())
    shared_.log.error("http.handler_failed",
                      {{"listener", shared_.settings.name}, {"route", request.route}, {"error", failure}});
  watchdog_->within(kLinger);  // a peer that answers no goodbye
  const auto code = !failure.empty() ? kCloseFailed : stopping_ ? kCloseGoingAway : kCloseNormal;
  co_await socket->close(code, {});
  if (shared_.hooks.observe) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(shared_.clock.now() - began);
    shared_.hooks.observe(Exchange{request, 101, "websocket", 0, took});
  }
  co_return true;
}

template <class Stream>
asio::awaitable<BodyRead> StreamConnection<Stream>::read_body(Parser& parser, Request& request,
                                                              std::size_t limit) {
  if (parser.is_done()) co_return BodyRead::Complete;
  const auto began = shared_.clock.now();
  auto& body = request.body;
  std::size_t fed = 0;  // octets that the sink has taken; `body` is then one piece
  while (!parser.is_done()) {
    const auto have = body.size();
    // Grows with what has come, not with what Content-Length says; the odd octet shows an excess.
    const auto room = std::min(std::clamp<std::size_t>(have, 16 * 1024, 1024 * 1024), limit - fed - have + 1);
    body.resize(have + room);
    auto& space = parser.get().body();
    space.data = body.data() + have;
    space.size = room;
    space.more = true;
    watchdog_->within(patience(began, fed + have));
    const auto [error, count] = co_await bhttp::async_read_some(stream_, buffer_, parser, net::kQuietly);
    body.resize(have + room - space.size);
    if (fed + body.size() > limit) co_return BodyRead::TooLarge;
    if (request.sink) {
      request.sink->feed(body);
      fed += body.size();
      body.clear();
      if (request.sink->enough()) co_return BodyRead::Complete;
    }
    if (!error || error == bhttp::error::need_buffer) continue;
    if (watchdog_->hit()) co_return BodyRead::TimedOut;
    co_return head_problem(error) ? BodyRead::Malformed : BodyRead::Gone;
  }
  co_return BodyRead::Complete;
}

// How long the next octets of a body may take: of one that pauses, and of one that only drips.
template <class Stream>
std::chrono::milliseconds StreamConnection<Stream>::patience(Monotonic began, std::size_t come) const {
  const auto pause = shared_.settings.body_timeout;
  const auto whole = pause + std::chrono::milliseconds(come / 64);
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(shared_.clock.now() - began);
  return std::clamp(whole - passed, std::chrono::milliseconds(0), pause);
}

template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::send_continue() {
  co_return co_await write("HTTP/1.1 100 Continue\r\n\r\n");
}

template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::send(const Request& request, Response response,
                                                     bool keep_alive, unsigned version) {
  sent_ = 0;
  const bool http10 = version < 11;
  auto framing = Framing::Length;
  if (response.status == 204)
    framing = Framing::None;
  else if (response.source)
    framing = http10 ? Framing::Close : Framing::Chunked;
  if (framing == Framing::Close) keep_alive = false;
  auto out = response_head(response, framing, keep_alive, http10, http_date(shared_.clock.wall()));
  const bool bodiless = request.method == Method::Head || framing == Framing::None;
  if (bodiless) co_return co_await write(out);
  if (response.source) {
    if (!co_await write(out)) co_return false;
    co_return co_await send_source(*response.source, framing == Framing::Chunked) && !http10;
  }
  if (response.body.size() <= kJoinLimit) {
    out += response.body;
    co_return co_await write(out);
  }
  if (!co_await write(out)) co_return false;
  for (std::string_view rest = response.body; !rest.empty();
       rest.remove_prefix(std::min(kPiece, rest.size())))
    if (!co_await write(rest.substr(0, kPiece))) co_return false;
  co_return true;
}

template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::send_source(BodySource& source, bool chunked) {
  while (true) {
    watchdog_->off();
    BodySource::Piece piece;
    source_ = &source;
    if (stopping_) source.stop();
    try {
      piece = co_await source.next();
    } catch (const std::exception&) {
      piece.ok = false;
    }
    source_ = nullptr;
    if (!piece.ok) {
      error_code ignored;
      socket().close(ignored);
      co_return false;
    }
    if (piece.data.empty()) break;
    if (chunked) {
      char size[20];
      const int digits = std::snprintf(size, sizeof size, "%zx\r\n", piece.data.size());
      piece.data.insert(0, size, static_cast<std::size_t>(digits));
      piece.data += "\r\n";
    }
    if (!co_await write(piece.data)) co_return false;
  }
  if (!chunked) co_return true;
  co_return co_await write("0\r\n\r\n");
}

template <class Stream>
asio::awaitable<bool> StreamConnection<Stream>::write(std::string_view octets) {
  watchdog_->within(shared_.settings.write_timeout);
  const auto buffer = asio::buffer(octets);
  const auto [error, count] = co_await asio::async_write(stream_, buffer, net::kQuietly);
  sent_ += count;
  co_return !error;
}

// Closing with octets unread makes the kernel send a reset, which can destroy the answer at the client: say
// that nothing more comes, then read off for a moment.
template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::close() {
  watchdog_->within(kLinger);
  if constexpr (kTls) {
    if (!unread_) {
      co_await stream_.async_shutdown(net::kQuietly);
      co_return;
    }
  }
  error_code error;
  socket().shutdown(tcp::socket::shutdown_send, error);
  if (!unread_ || error) co_return;
  buffer_.clear();
  std::size_t budget = 16 * kDrainLimit;
  while (!watchdog_->hit()) {
    const auto room = buffer_.prepare(4096);
    const auto [failure, count] = co_await socket().async_read_some(room, net::kQuietly);
    if (failure || count > budget) co_return;
    budget -= count;
  }
}

}  // namespace

std::shared_ptr<Connection> make_connection(const Shared& shared, tcp::socket socket) {
  return std::make_shared<StreamConnection<tcp::socket>>(shared, std::move(socket));
}

std::shared_ptr<Connection> make_connection(const Shared& shared, tcp::socket socket,
                                            asio::ssl::context& tls) {
  return std::make_shared<StreamConnection<asio::ssl::stream<tcp::socket>>>(shared, std::move(socket), tls);
}

Response error_page(const Shared& shared, Problem problem, Request& request, std::string_view detail) {
  return shared.hooks.error_page ? shared.hooks.error_page(problem, request, detail)
                                 : plain_error_page(problem, detail);
}

}  // namespace warp::http
