#include "stream_connection.h"

namespace warp::http {

namespace asio = boost::asio;
using asio::ip::tcp;

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

// Its handler reads that the peer has gone. A read that is cancelled would leave nothing to say goodbye on.
template <class Stream>
asio::awaitable<void> StreamConnection<Stream>::say_goodbye(std::shared_ptr<StreamConnection>,
                                                            std::shared_ptr<WebSocket> socket) {
  co_await socket->close(kCloseGoingAway, {});
}

template asio::awaitable<bool> StreamConnection<tcp::socket>::take_over(const Route& route, Parser& parser,
                                                                        Request& request);
template asio::awaitable<bool> StreamConnection<TlsStream>::take_over(const Route& route, Parser& parser,
                                                                      Request& request);
template asio::awaitable<void> StreamConnection<tcp::socket>::say_goodbye(
    std::shared_ptr<StreamConnection<tcp::socket>>, std::shared_ptr<WebSocket> socket);
template asio::awaitable<void> StreamConnection<TlsStream>::say_goodbye(
    std::shared_ptr<StreamConnection<TlsStream>>, std::shared_ptr<WebSocket> socket);

}  // namespace warp::http
