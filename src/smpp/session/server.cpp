#include "warp/smpp/session/server.h"

#include <unordered_map>
#include <utility>

#include <boost/asio/post.hpp>

#include "acceptor.h"
#include "server_session.h"

namespace warp::smpp {

using std::chrono::milliseconds;

struct Server::Impl final : ServerSessionOwner, std::enable_shared_from_this<Server::Impl> {
  Impl(net::Loop& l, ServerSettings s, ServerListener& owner, metrics::Registry& registry)
      : loop(l), options(std::move(s)), owner(owner), metrics(registry, Role::Smsc), gate(options) {}

  ServerListener& listener() override { return owner; }
  Admission& admission() override { return gate; }
  const ServerSettings& settings() const override { return options; }
  void session_ended(ServerSession& session) override;

  void connected(Acceptor& acceptor, std::optional<Tcp::socket> socket, const domain::SocketAddress& peer);
  std::shared_ptr<ServerSession> find(SessionId id) const;
  void check_drained();
  void close();

  net::Loop& loop;
  const ServerSettings options;
  ServerListener& owner;
  Metrics metrics;
  Admission gate;
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  std::unordered_map<SessionId, std::shared_ptr<ServerSession>, SessionIdHash> sessions;
  std::uint64_t last_id = 0;
  std::function<void()> drained;
  net::TimerWheel::Handle drain_limit;
};

void Server::Impl::connected(Acceptor& acceptor, std::optional<Tcp::socket> socket,
                             const domain::SocketAddress& peer) {
  if (!socket) return metrics.connection_refused(Refusal::Error);
  switch (gate.connect(Admission::source_of(peer.ip), loop.clock().now())) {
    case Admission::Entry::Admitted:
      break;
    case Admission::Entry::TooMany:
      return metrics.connection_refused(Refusal::Total);
    case Admission::Entry::TooManyOfSource:
      return metrics.connection_refused(Refusal::Source);
  }
  const SessionId id{++last_id};
  auto* tls = acceptor.tls();
  auto link = tls ? make_link(loop, options.link, metrics, TlsStream(std::move(*socket), *tls),
                              boost::asio::ssl::stream_base::server)
                  : make_link(loop, options.link, metrics, std::move(*socket));
  auto session = std::make_shared<ServerSession>(loop, metrics, id, *this, peer, tls != nullptr);
  sessions.emplace(id, session);
  session->start(std::move(link));
}

std::shared_ptr<ServerSession> Server::Impl::find(SessionId id) const {
  const auto found = sessions.find(id);
  return found == sessions.end() ? nullptr : found->second;
}

void Server::Impl::session_ended(ServerSession& session) {
  sessions.erase(session.id());
  check_drained();
}

// Told from a handler of its own: after the last on_closed().
void Server::Impl::check_drained() {
  if (!drained || !sessions.empty()) return;
  loop.wheel().cancel(drain_limit);
  boost::asio::post(loop.context(), std::exchange(drained, nullptr));
}

void Server::Impl::close() {
  loop.wheel().cancel(drain_limit);
  for (const auto& acceptor : acceptors)
    acceptor->close();
  for (const auto& [id, session] : sessions)
    session->abandon();
  sessions.clear();
}

Server::Server(net::Loop& loop, ServerSettings settings, ServerListener& listener, metrics::Registry& metrics)
    : impl_(std::make_shared<Impl>(loop, std::move(settings), listener, metrics)) {}

Server::~Server() {
  impl_->close();
}

Result<void, std::string> Server::start() {
  for (const auto& settings : impl_->options.listeners) {
    auto acceptor = std::make_shared<Acceptor>(impl_->loop, settings);
    if (auto listening = acceptor->listen(); !listening) return listening;
    impl_->acceptors.push_back(std::move(acceptor));
  }
  for (const auto& acceptor : impl_->acceptors) {
    acceptor->start([impl = impl_.get(), acceptor = acceptor.get()](auto socket, const auto& peer) {
      impl->connected(*acceptor, std::move(socket), peer);
    });
  }
  return {};
}

Result<void, std::string> Server::reload_tls() {
  std::vector<std::optional<boost::asio::ssl::context>> fresh;
  for (const auto& acceptor : impl_->acceptors) {
    auto context = acceptor->read_tls();
    if (!context) return context.error();
    fresh.push_back(std::move(*context));
  }
  for (std::size_t i = 0; i < fresh.size(); ++i)
    impl_->acceptors[i]->use_tls(std::move(fresh[i]));
  return {};
}

std::vector<domain::SocketAddress> Server::addresses() const {
  std::vector<domain::SocketAddress> bound;
  for (const auto& acceptor : impl_->acceptors)
    bound.push_back(acceptor->address());
  return bound;
}

bool Server::accept(SessionId id, const SessionLimits& limits) {
  const auto session = impl_->find(id);
  if (session && session->accept(limits, impl_->options.system_id)) return true;
  impl_->metrics.late_answers.add();
  return false;
}

bool Server::refuse(SessionId id, Status status) {
  const auto session = impl_->find(id);
  if (session && session->refuse(status)) return true;
  impl_->metrics.late_answers.add();
  return false;
}

bool Server::answer(SessionId id, std::uint32_t sequence, Status status, std::string_view message_id,
                    TlvList tlvs) {
  const auto session = impl_->find(id);
  if (session) return session->answer(sequence, status, message_id, tlvs);
  impl_->metrics.late_answers.add();
  return false;
}

bool Server::answer(SessionId id, std::uint32_t sequence, Status status, Body body, TlvList tlvs) {
  const auto session = impl_->find(id);
  if (session) return session->answer(sequence, status, std::move(body), tlvs);
  impl_->metrics.late_answers.add();
  return false;
}

Result<std::uint32_t, SendError> Server::deliver(SessionId id, Pdu pdu, Completion done) {
  const auto session = impl_->find(id);
  if (!session) return SendError::NoSession;
  return session->request(std::move(pdu), std::move(done));
}

Result<void, SendError> Server::alert(SessionId id, Pdu pdu) {
  const auto session = impl_->find(id);
  if (!session) return SendError::NoSession;
  return session->notify(std::move(pdu));
}

std::size_t Server::room(SessionId id) const {
  const auto session = impl_->find(id);
  return session ? session->room() : 0;
}

SessionState Server::state(SessionId id) const {
  const auto session = impl_->find(id);
  return session ? session->state() : SessionState::Closed;
}

void Server::unbind(SessionId id) {
  if (const auto session = impl_->find(id)) session->unbind(CloseReason::Unbound);
}

void Server::close(SessionId id) {
  if (const auto session = impl_->find(id)) session->close(CloseReason::Dropped);
}

void Server::drain(milliseconds limit, std::function<void()> done) {
  auto& impl = *impl_;
  for (const auto& acceptor : impl.acceptors)
    acceptor->close();
  impl.drained = std::move(done);
  // A part of the time is for the unbinds themselves.
  const auto sessions = impl.sessions;
  for (const auto& [id, session] : sessions)
    session->unbind(CloseReason::Unbound, limit * 3 / 4);
  impl.drain_limit = impl.loop.wheel().arm(limit, [&impl] {
    const auto left = impl.sessions;
    for (const auto& [id, session] : left)
      session->close(CloseReason::Dropped);
  });
  impl.check_drained();
}

std::size_t Server::sessions() const {
  return impl_->sessions.size();
}

}  // namespace warp::smpp
