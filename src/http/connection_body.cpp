#include <algorithm>

#include <boost/beast/http/read.hpp>

#include "warp/net/quietly.h"

#include "stream_connection.h"

namespace warp::http {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

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

template asio::awaitable<BodyRead> StreamConnection<tcp::socket>::read_body(Parser& parser, Request& request,
                                                                            std::size_t limit);
template asio::awaitable<BodyRead> StreamConnection<TlsStream>::read_body(Parser& parser, Request& request,
                                                                          std::size_t limit);
template std::chrono::milliseconds StreamConnection<tcp::socket>::patience(Monotonic began,
                                                                           std::size_t come) const;
template std::chrono::milliseconds StreamConnection<TlsStream>::patience(Monotonic began,
                                                                         std::size_t come) const;
template asio::awaitable<bool> StreamConnection<tcp::socket>::send_continue();
template asio::awaitable<bool> StreamConnection<TlsStream>::send_continue();

}  // namespace warp::http
