#include "warp/net/tcp_acceptor.h"

#include <cstring>

#include <boost/asio/ip/v6_only.hpp>

#include "warp/net/sockaddr.h"

namespace warp::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// Descriptors run out for everybody: wait until some are closed, rather than spin.
constexpr std::chrono::milliseconds kPause{50};

tcp::endpoint to_endpoint(const domain::SocketAddress& address) {
  tcp::endpoint endpoint;
  const auto native = to_sockaddr(address);
  std::memcpy(endpoint.data(), native.get(), native.length);
  endpoint.resize(native.length);
  return endpoint;
}

domain::SocketAddress from_endpoint(const tcp::endpoint& endpoint) {
  sockaddr_storage native{};
  std::memcpy(&native, endpoint.data(), endpoint.size());
  return from_sockaddr(native, static_cast<socklen_t>(endpoint.size())).value_or(domain::SocketAddress{});
}

}  // namespace

Result<void, std::string> TcpAcceptor::open() {
  const auto endpoint = to_endpoint(bind_);
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && shared_) acceptor_.set_option(ReusePort(true), error);
  if (!error && bind_.ip.v6) acceptor_.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return bind_.to_string() + ": " + error.message();
  return {};
}

domain::SocketAddress TcpAcceptor::address() const {
  error_code ignored;
  return from_endpoint(acceptor_.local_endpoint(ignored));
}

void TcpAcceptor::start(Handler handler) {
  handler_ = std::move(handler);
  accept();
}

void TcpAcceptor::close() {
  error_code ignored;
  handler_ = nullptr;
  loop_.wheel().cancel(pause_);
  acceptor_.close(ignored);
}

void TcpAcceptor::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, Socket socket) {
    if (self->handler_) self->accepted(error, std::move(socket));
  });
}

void TcpAcceptor::accepted(error_code error, Socket socket) {
  if (!error) {
    error_code gone;
    const auto peer = from_endpoint(socket.remote_endpoint(gone));
    socket.set_option(tcp::no_delay(true), gone);
    handler_(std::move(socket), peer);
  } else if (error != asio::error::connection_aborted) {
    handler_(std::nullopt, {});
    if (!handler_) return;
    pause_ = loop_.wheel().arm(kPause, [self = shared_from_this()] { self->accept(); });
    return;
  }
  if (handler_) accept();
}

}  // namespace warp::net
