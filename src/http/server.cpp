#include "warp/http/server.h"

#include <unordered_map>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"
#include "warp/net/tls.h"

#include "connection.h"
#include "wire.h"

namespace warp::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Descriptors run out for everybody: wait until some are closed, rather than spin.
constexpr std::chrono::milliseconds kAcceptPause{50};

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor io, Shared common, metrics::Registry& metrics)
      : executor(io),
        acceptor(io),
        pause(io),
        drained(io),
        shared(std::move(common)),
        open(metrics.gauge("warp_http_connections", "Connections open now.", labels())),
        accepted(metrics.counter("warp_http_connections_total", "Connections accepted.", labels())),
        refused(metrics.counter("warp_http_refused_total", "Connections refused because of max_connections.",
                                labels())) {}

  metrics::Labels labels() const { return {{"listener", shared.settings.name}}; }

  Result<void, std::string> listen();
  asio::awaitable<void> accept_loop();
  void serve(tcp::socket socket);
  void refuse(tcp::socket socket);
  void ended(Connection* connection);
  asio::awaitable<void> drain(std::chrono::milliseconds grace);

  asio::any_io_executor executor;  // its one thread has all below but `count` and what is const
  tcp::acceptor acceptor;
  asio::steady_timer pause, drained;
  Shared shared;
  std::optional<asio::ssl::context> tls;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
  std::atomic<std::size_t> count{0};
  std::uint16_t port = 0;
  bool stopping = false;
  metrics::Gauge& open;
  metrics::Counter& accepted;
  metrics::Counter& refused;
};

Result<void, std::string> Server::Impl::listen() {
  const auto& settings = shared.settings;
  error_code error;
  if (settings.tls) {
    tls.emplace(asio::ssl::context::tls_server);
    tls->set_options(net::kTls12Once, error);
    const auto& files = *settings.tls;
    if (auto fault = net::use_certificate(*tls, files.certificate_chain, files.private_key); !fault.empty())
      return fault;
  }
  const auto address = asio::ip::make_address(settings.address, error);
  if (error) return "\"" + settings.address + "\" is no IP address";
  const tcp::endpoint endpoint(address, settings.port);
  const auto failed = [&](std::string_view what) {
    return std::string(what) + " " + settings.address + ":" + std::to_string(settings.port) + ": " +
           error.message();
  };
  acceptor.open(endpoint.protocol(), error);
  if (error) return failed("socket for");
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (error) return failed("bind");
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed("listen on");
  port = acceptor.local_endpoint(error).port();
  return {};
}

asio::awaitable<void> Server::Impl::accept_loop() {
  while (!stopping) {
    tcp::socket socket(executor);
    const auto [error] = co_await acceptor.async_accept(socket, net::kQuietly);
    if (stopping) break;
    if (error) {
      if (error == asio::error::connection_aborted) continue;
      shared.log.warning("http.accept_failed",
                         {{"listener", shared.settings.name}, {"error", error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(net::kQuietly);
      continue;
    }
    accepted.add();
    if (connections.size() >= shared.settings.max_connections)
      refuse(std::move(socket));
    else
      serve(std::move(socket));
  }
}

void Server::Impl::serve(tcp::socket socket) {
  auto connection =
      tls ? make_connection(shared, std::move(socket), *tls) : make_connection(shared, std::move(socket));
  connections.emplace(connection.get(), connection);
  count = connections.size();
  open.set(static_cast<double>(connections.size()));
  auto self = shared_from_this();
  asio::co_spawn(executor, connection->run(), [self, connection](std::exception_ptr failure) {
    if (failure) self->shared.log.error("http.connection_failed", {{"listener", self->shared.settings.name}});
    self->ended(connection.get());
  });
}

// Without waiting for the client: what the socket's buffer takes at once is what it gets.
void Server::Impl::refuse(tcp::socket socket) {
  refused.add();
  error_code ignored;
  socket.non_blocking(true, ignored);
  if (!tls) {
    Request nobody;
    auto response = error_page(shared, Problem::TooManyConnections, nobody, "");
    response.headers.set("Retry-After", "1");
    const auto octets =
        response_head(response, Framing::Length, false, false, http_date(shared.clock.wall())) +
        response.body;
    socket.write_some(asio::buffer(octets), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }
  socket.close(ignored);
}

void Server::Impl::ended(Connection* connection) {
  connections.erase(connection);
  count = connections.size();
  open.set(static_cast<double>(connections.size()));
  if (stopping && connections.empty()) drained.cancel();
}

asio::awaitable<void> Server::Impl::drain(std::chrono::milliseconds grace) {
  stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  for (const auto& [key, connection] : connections)
    connection->finish();
  if (!connections.empty()) {
    drained.expires_after(grace);
    co_await drained.async_wait(net::kQuietly);
  }
  for (const auto& [key, connection] : connections)
    connection->abort();
  if (!connections.empty()) {
    drained.expires_at(std::chrono::steady_clock::time_point::max());
    co_await drained.async_wait(net::kQuietly);
  }
}

Server::Server(asio::any_io_executor executor, ServerSettings settings, const Router& router, Hooks hooks,
               const Clock& clock, log::Logger& log, metrics::Registry& metrics) {
  auto& broken = metrics.counter("warp_http_broken_requests_total", "Requests that were not valid HTTP/1.1.",
                                 {{"listener", settings.name}});
  impl_ = std::make_shared<Impl>(std::move(executor),
                                 Shared{std::move(settings), router, std::move(hooks), clock, log, broken},
                                 metrics);
}

Server::~Server() = default;

Result<void, std::string> Server::start() {
  auto listening = impl_->listen();
  if (!listening) return listening;
  auto impl = impl_;
  asio::co_spawn(impl->executor, impl->accept_loop(), [impl](std::exception_ptr failure) {
    if (failure) impl->shared.log.error("http.listener_failed", {{"listener", impl->shared.settings.name}});
  });
  return listening;
}

std::uint16_t Server::port() const {
  return impl_->port;
}

asio::awaitable<void> Server::stop(std::chrono::milliseconds grace) {
  auto impl = impl_;
  co_await asio::co_spawn(impl->executor, impl->drain(grace), asio::use_awaitable);
}

std::size_t Server::connections() const {
  return impl_->count.load(std::memory_order_relaxed);
}

}  // namespace warp::http
