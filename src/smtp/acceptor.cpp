#include "acceptor.h"

#include <cstring>

#include <boost/asio/ip/v6_only.hpp>

#include "warp/net/sockaddr.h"

namespace warp::smtp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Descriptors run out for everybody: wait until some are closed, rather than spin.
constexpr std::chrono::milliseconds kPause{50};

tcp::endpoint to_endpoint(const domain::SocketAddress& address) {
  tcp::endpoint endpoint;
  const auto native = net::to_sockaddr(address);
  std::memcpy(endpoint.data(), native.get(), native.length);
  endpoint.resize(native.length);
  return endpoint;
}

domain::SocketAddress from_endpoint(const tcp::endpoint& endpoint) {
  sockaddr_storage native{};
  std::memcpy(&native, endpoint.data(), endpoint.size());
  return net::from_sockaddr(native, static_cast<socklen_t>(endpoint.size()))
      .value_or(domain::SocketAddress{});
}

}  // namespace

Result<void, std::string> Acceptor::listen() {
  if (settings_.tls) {
    auto context = server_context(*settings_.tls);
    if (!context) return context.error();
    tls_ = *context;
  }
  const auto endpoint = to_endpoint(settings_.bind);
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && settings_.bind.ip.v6) acceptor_.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return "SMTP on " + settings_.bind.to_string() + ": " + error.message();
  return {};
}

domain::SocketAddress Acceptor::address() const {
  error_code ignored;
  return from_endpoint(acceptor_.local_endpoint(ignored));
}

void Acceptor::start(Handler handler) {
  handler_ = std::move(handler);
  accept();
}

void Acceptor::close() {
  error_code ignored;
  handler_ = nullptr;
  loop_.wheel().cancel(pause_);
  acceptor_.close(ignored);
}

void Acceptor::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, Socket socket) {
    if (self->handler_) self->accepted(error, std::move(socket));
  });
}

void Acceptor::accepted(error_code error, Socket socket) {
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

}  // namespace warp::smtp
