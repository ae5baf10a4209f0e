// TCP and TLS below a Connection.
#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "connection.h"
#include "tls_stream.h"

namespace warp::sip {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class TcpConnection final : public Connection {
 public:
  TcpConnection(StreamParts parts, Tcp::socket socket)
      : Connection(parts.loop, parts.owner, parts.limits, parts.flow, parts.side),
        socket_(std::move(socket)) {}

 private:
  std::shared_ptr<TcpConnection> self() {
    return std::static_pointer_cast<TcpConnection>(shared_from_this());
  }

  void do_open() override {
    if (side() == Side::Accepted) {
      asio::post(loop().context(), [self = self()] { self->opened(); });
      return;
    }
    socket_.async_connect(to_endpoint(flow().remote), [self = self()](error_code error) {
      error ? self->failed(CloseReason::ConnectFailed, error) : self->opened();
    });
  }

  // Idle connections keep no buffer: octets are read when they are there, into the stack.
  void do_read() override {
    socket_.async_wait(Tcp::socket::wait_read, [self = self()](error_code error) {
      if (error || self->closed()) return self->failed(CloseReason::NetworkError, error);
      std::array<char, 16 * 1024> octets;
      const auto read = self->socket_.read_some(asio::buffer(octets), error);
      if (error == asio::error::would_block) return self->do_read();
      error ? self->failed(CloseReason::NetworkError, error) : self->received({octets.data(), read});
    });
  }

  void do_write(std::string_view bytes) override {
    socket_.async_write_some(asio::buffer(bytes), [self = self()](error_code error, std::size_t octets) {
      error ? self->failed(CloseReason::NetworkError, error) : self->wrote(octets);
    });
  }

  void do_shutdown() override {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  }

  void do_close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  Tcp::socket socket_;
};

class TlsConnection final : public Connection {
 public:
  TlsConnection(StreamParts parts, Tcp::socket socket)
      : Connection(parts.loop, parts.owner, parts.limits, parts.flow, parts.side),
        handshake_(parts),
        stream_(std::move(socket), handshake_.context()) {}

 private:
  std::shared_ptr<TlsConnection> self() {
    return std::static_pointer_cast<TlsConnection>(shared_from_this());
  }

  void do_open() override {
    if (side() == Side::Accepted) return shake_hands();
    stream_.next_layer().async_connect(to_endpoint(flow().remote), [self = self()](error_code error) {
      if (error || self->closed()) return self->failed(CloseReason::ConnectFailed, error);
      self->connected();
      self->shake_hands();
    });
  }

  void shake_hands() {
    handshake_.prepare(stream_);
    stream_.async_handshake(handshake_.side(), [self = self()](error_code error) {
      if (error || self->closed()) return self->failed(CloseReason::TlsFailed, error);
      self->take_certificate(*self->stream_.native_handle(), self->handshake_.verifier());
      self->opened();
    });
  }

  void do_read() override {
    stream_.async_read_some(asio::buffer(octets_), [self = self()](error_code error, std::size_t octets) {
      error ? self->failed(CloseReason::NetworkError, error) : self->received({self->octets_.data(), octets});
    });
  }

  void do_write(std::string_view bytes) override {
    stream_.async_write_some(asio::buffer(bytes), [self = self()](error_code error, std::size_t octets) {
      error ? self->failed(CloseReason::NetworkError, error) : self->wrote(octets);
    });
  }

  void do_shutdown() override {
    stream_.async_shutdown(
        [self = self()](error_code error) { self->failed(CloseReason::NetworkError, error); });
  }

  void do_close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  TlsHandshake handshake_;
  asio::ssl::stream<Tcp::socket> stream_;
  std::array<char, 4096> octets_;
};

}  // namespace

std::shared_ptr<Connection> make_connection(StreamParts parts, Tcp::socket socket) {
  error_code ignored;
  socket.non_blocking(true, ignored);
  switch (parts.flow.transport) {
    case SipTransport::Udp:
    case SipTransport::Tcp:
      return std::make_shared<TcpConnection>(std::move(parts), std::move(socket));
    case SipTransport::Tls:
      return std::make_shared<TlsConnection>(std::move(parts), std::move(socket));
    case SipTransport::Ws:
    case SipTransport::Wss:
      return make_websocket(std::move(parts), std::move(socket));
  }
  return nullptr;
}

}  // namespace warp::sip
