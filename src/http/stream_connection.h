// StreamConnection: the Connection of one kind of stream, plain or TLS. Its parts: connection.cpp (a request
// from its head to its handler), connection_body.cpp (reading bodies), connection_answer.cpp (answers on
// their way out), connection_socket.cpp (WebSockets). On its loop's thread but for finish() and abort().
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "connection.h"
#include "socket.h"
#include "watchdog.h"

namespace warp::http {

// A refused request's body is read off to keep the connection when it is no longer than this.
constexpr std::size_t kDrainLimit = 64 * 1024;
constexpr std::chrono::milliseconds kLinger{2'000};

enum class BodyRead : std::uint8_t { Complete, TooLarge, TimedOut, Malformed, Gone };
using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

template <class Stream>
class StreamConnection final : public Connection,
                               public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  template <class... Args>
  explicit StreamConnection(const Shared& shared, Args&&... args)
      : shared_(shared),
        stream_(std::forward<Args>(args)...),
        buffer_(shared.settings.header_limit + kDrainLimit) {
    boost::system::error_code ignored;
    const auto peer = socket().remote_endpoint(ignored);
    remote_ = ignored ? std::string() : peer.address().to_string();
    socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  }

  boost::asio::awaitable<void> run() override;
  void finish() override;
  void abort() override;

 private:
  static constexpr bool kTls = !std::is_same_v<Stream, boost::asio::ip::tcp::socket>;

  boost::asio::ip::tcp::socket& socket() {
    if constexpr (kTls)
      return stream_.next_layer();
    else
      return stream_;
  }

  boost::asio::awaitable<bool> handshake();
  boost::asio::awaitable<bool> wait_for_octets();
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<Response> respond(Parser& parser, Request& request);
  boost::asio::awaitable<Response> run_handler(const Route& route, Request& request);
  boost::asio::awaitable<bool> take_over(const Route& route, Parser& parser, Request& request);
  boost::asio::awaitable<BodyRead> read_body(Parser& parser, Request& request, std::size_t limit);
  std::chrono::milliseconds patience(Monotonic began, std::size_t come) const;
  boost::asio::awaitable<bool> send_continue();
  boost::asio::awaitable<bool> send(const Request& request, Response response, bool keep_alive,
                                    unsigned version);
  boost::asio::awaitable<bool> send_source(BodySource& source, bool chunked);
  boost::asio::awaitable<bool> write(std::string_view octets);
  boost::asio::awaitable<void> close();
  static boost::asio::awaitable<void> say_goodbye(std::shared_ptr<StreamConnection> keep,
                                                  std::shared_ptr<WebSocket> socket);
  Response problem(Problem what, Request& request, std::string_view detail);
  std::optional<Problem> head_problem(boost::system::error_code error) const;

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

}  // namespace warp::http
