#include "warp/smtp/server.h"

#include <algorithm>
#include <unordered_map>

#include "acceptor.h"
#include "server_session.h"

namespace warp::smtp {
namespace {

const Reply kTooMany{421, "4.7.0 Too many connections"};

// An IPv4 address, or the first 64 bits of an IPv6 one.
domain::IpAddress source_of(domain::IpAddress ip) {
  if (ip.v6) std::fill(ip.bytes.begin() + 8, ip.bytes.end(), std::uint8_t{0});
  return ip;
}

}  // namespace

struct Server::Impl {
  Impl(net::Loop& loop, ServerSettings settings, Receiver& receiver, metrics::Registry& metrics)
      : shared{loop, std::move(settings), receiver, ServerMetrics(metrics)} {
    shared.gone = [this](std::uint64_t id) { gone(id); };
  }

  void accepted(Acceptor& acceptor, Acceptor::Socket socket, const domain::SocketAddress& peer) {
    if (const auto reply = shared.receiver.refuses(peer.ip))
      return refuse(std::move(socket), Refusal::Address, *reply);
    if (sessions.size() >= shared.settings.max_connections) return refuse(std::move(socket), Refusal::Total);
    auto& of_source = sources[source_of(peer.ip)];
    if (of_source >= shared.settings.max_connections_per_source)
      return refuse(std::move(socket), Refusal::Source);
    ++of_source;
    const auto& listener = acceptor.settings();
    auto session = std::make_shared<ServerSession>(
        shared, ++last_id, std::make_shared<Channel>(shared.loop, std::move(socket)), peer,
        ServerSession::Security{acceptor.tls(), listener.implicit, listener.require_tls});
    sessions.emplace(last_id, session);
    shared.metrics.sessions.add(1);
    session->start();
  }

  // The reply fits into an empty socket's buffer, so that nothing has to wait for it.
  void refuse(Acceptor::Socket socket, Refusal why, const Reply& said = kTooMany) {
    shared.metrics.refused(why).add();
    boost::system::error_code ignored;
    const auto reply = to_octets(said);
    socket.non_blocking(true, ignored);
    socket.write_some(boost::asio::buffer(reply), ignored);
    socket.close(ignored);
  }

  void gone(std::uint64_t id) {
    const auto found = sessions.find(id);
    if (found == sessions.end()) return;
    forget_source(found->second->peer().ip);
    sessions.erase(found);
    shared.metrics.sessions.add(-1);
    if (sessions.empty() && drained) finish_drain();
  }
  void forget_source(const domain::IpAddress& ip) {
    const auto source = sources.find(source_of(ip));
    if (source != sources.end() && --source->second == 0) sources.erase(source);
  }

  void finish_drain() {
    shared.loop.wheel().cancel(limit);
    shared.loop.post(std::exchange(drained, nullptr));
  }

  void close_all() {
    shared.loop.wheel().cancel(limit);
    for (const auto& acceptor : acceptors)
      acceptor->close();
    for (auto& [id, session] : sessions) {
      session->abandon();
      shared.metrics.sessions.add(-1);
    }
    sessions.clear();
    sources.clear();
  }

  ServerShared shared;
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  std::unordered_map<std::uint64_t, std::shared_ptr<ServerSession>> sessions;
  std::unordered_map<domain::IpAddress, std::size_t> sources;
  std::uint64_t last_id = 0;
  std::function<void()> drained;  // empty: not draining
  net::TimerWheel::Handle limit;
};

Server::Server(net::Loop& loop, ServerSettings settings, Receiver& receiver, metrics::Registry& metrics)
    : impl_(std::make_shared<Impl>(loop, std::move(settings), receiver, metrics)) {}

Server::~Server() {
  impl_->close_all();
}

Result<void, std::string> Server::start() {
  for (const auto& listener : impl_->shared.settings.listeners) {
    auto acceptor = std::make_shared<Acceptor>(impl_->shared.loop, listener);
    if (auto listening = acceptor->listen(); !listening) return listening.error();
    impl_->acceptors.push_back(std::move(acceptor));
  }
  for (const auto& acceptor : impl_->acceptors)
    acceptor->start([impl = std::weak_ptr<Impl>(impl_), at = acceptor.get()](auto socket, const auto& peer) {
      const auto alive = impl.lock();
      if (alive && socket) alive->accepted(*at, std::move(*socket), peer);
    });
  return {};
}

std::vector<domain::SocketAddress> Server::addresses() const {
  std::vector<domain::SocketAddress> out;
  for (const auto& acceptor : impl_->acceptors)
    out.push_back(acceptor->address());
  return out;
}

std::size_t Server::sessions() const {
  return impl_->sessions.size();
}

void Server::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  for (const auto& acceptor : impl_->acceptors)
    acceptor->close();
  impl_->drained = std::move(done);
  if (impl_->sessions.empty()) return impl_->finish_drain();
  const auto open = impl_->sessions;
  for (const auto& [id, session] : open)
    session->drain();
  impl_->limit = impl_->shared.loop.wheel().arm(limit, [impl = std::weak_ptr<Impl>(impl_)] {
    const auto alive = impl.lock();
    if (!alive) return;
    alive->close_all();
    if (alive->drained) alive->finish_drain();
  });
}

}  // namespace warp::smtp
