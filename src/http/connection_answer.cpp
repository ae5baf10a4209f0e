#include <cstdio>

#include <boost/asio/write.hpp>

#include "warp/net/quietly.h"

#include "stream_connection.h"
#include "wire.h"

namespace warp::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Answers up to this size leave with their head in one write; longer ones in pieces of kPiece, each with its
// own deadline.
constexpr std::size_t kJoinLimit = 16 * 1024;
constexpr std::size_t kPiece = 256 * 1024;

}  // namespace

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

template asio::awaitable<bool> StreamConnection<tcp::socket>::send(const Request& request, Response response,
                                                                   bool keep_alive, unsigned version);
template asio::awaitable<bool> StreamConnection<TlsStream>::send(const Request& request, Response response,
                                                                 bool keep_alive, unsigned version);
template asio::awaitable<bool> StreamConnection<tcp::socket>::send_source(BodySource& source, bool chunked);
template asio::awaitable<bool> StreamConnection<TlsStream>::send_source(BodySource& source, bool chunked);
template asio::awaitable<bool> StreamConnection<tcp::socket>::write(std::string_view octets);
template asio::awaitable<bool> StreamConnection<TlsStream>::write(std::string_view octets);
template asio::awaitable<void> StreamConnection<tcp::socket>::close();
template asio::awaitable<void> StreamConnection<TlsStream>::close();

}  // namespace warp::http
