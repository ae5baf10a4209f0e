#include "warp/smpp/session/client.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "client_session.h"
#include "connector.h"

namespace warp::smpp {

using std::chrono::milliseconds;

struct Client::Impl final : ClientSessionOwner, std::enable_shared_from_this<Client::Impl> {
  Impl(net::Loop& l, IdSource& random, ClientSettings s, ClientListener& owner, metrics::Registry& registry)
      : loop(l), ids(random), options(std::move(s)), owner(owner), metrics(registry, Role::Esme) {}

  ClientListener& listener() override { return owner; }
  const ClientSettings& settings() const override { return options; }
  void session_bound(const Pdu& response) override { owner.on_bound(session->id(), response); }
  void session_ended(CloseReason reason, std::string_view detail) override;

  void connect();
  void connected(Result<std::shared_ptr<Link>, Connector::Failure> outcome);
  void again(SessionId ended, Unbinding why);
  milliseconds next_delay();
  bool idle() const { return !connector && !session; }
  void check_stopped();
  void close();

  net::Loop& loop;
  IdSource& ids;
  const ClientSettings options;
  ClientListener& owner;
  Metrics metrics;
  std::shared_ptr<Connector> connector;
  std::shared_ptr<ClientSession> session;
  std::uint64_t last_id = 0;
  unsigned failures = 0;  // since the last bind that lasted
  bool running = false;
  Monotonic began{};  // of the attempt under way
  net::TimerWheel::Handle retry, stop_limit;
  std::function<void()> stopped;
};

void Client::Impl::connect() {
  if (!running || !idle()) return;
  loop.wheel().cancel(retry);
  began = loop.clock().now();
  connector = std::make_shared<Connector>(loop, options, failures, metrics,
                                          [this](auto outcome) { connected(std::move(outcome)); });
  connector->start();
}

void Client::Impl::connected(Result<std::shared_ptr<Link>, Connector::Failure> outcome) {
  const auto keep = std::exchange(connector, nullptr);
  if (!outcome) {
    metrics.closed(outcome.error().reason);
    return again({}, {.reason = outcome.error().reason, .detail = outcome.error().detail});
  }
  const auto spent = std::chrono::floor<milliseconds>(loop.clock().now() - began);
  session = std::make_shared<ClientSession>(loop, metrics, SessionId{++last_id}, *this,
                                            std::max(options.connect_timeout - spent, milliseconds(1)));
  session->start(std::move(*outcome));
}

void Client::Impl::session_ended(CloseReason reason, std::string_view detail) {
  const auto ended = std::exchange(session, nullptr);
  const bool bound = ended->was_bound();
  if (bound && loop.clock().now() - ended->bound_at() >= options.backoff.settled) failures = 0;
  again(bound ? ended->id() : SessionId{}, {reason, ended->bind_status(), detail});
}

void Client::Impl::again(SessionId ended, Unbinding why) {
  if (running) {
    why.retry = next_delay();
    retry = loop.wheel().arm(why.retry, [this] { connect(); });
  }
  owner.on_unbound(ended, why);
  check_stopped();
}

// Half of it fixed, half random: connectors that fell together do not come back together.
milliseconds Client::Impl::next_delay() {
  const auto shift = std::min(failures++, 20u);
  const auto delay =
      std::min<std::int64_t>(options.backoff.first.count() << shift, options.backoff.longest.count());
  const auto half = static_cast<std::uint64_t>(delay / 2);
  return milliseconds(delay - static_cast<std::int64_t>(ids.next64() % (half + 1)));
}

void Client::Impl::check_stopped() {
  if (!stopped || !idle()) return;
  loop.wheel().cancel(stop_limit);
  boost::asio::post(loop.context(), std::exchange(stopped, nullptr));
}

void Client::Impl::close() {
  running = false;
  loop.wheel().cancel(retry);
  loop.wheel().cancel(stop_limit);
  if (connector) connector->cancel();
  if (session) session->abandon();
  connector = nullptr;
  session = nullptr;
}

Client::Client(net::Loop& loop, IdSource& ids, ClientSettings settings, ClientListener& listener,
               metrics::Registry& metrics)
    : impl_(std::make_shared<Impl>(loop, ids, std::move(settings), listener, metrics)) {}

Client::~Client() {
  impl_->close();
}

void Client::start() {
  impl_->running = true;
  impl_->connect();
}

void Client::stop(milliseconds limit, std::function<void()> done) {
  auto& impl = *impl_;
  impl.running = false;
  impl.stopped = std::move(done);
  impl.loop.wheel().cancel(impl.retry);
  if (const auto connector = std::exchange(impl.connector, nullptr)) connector->cancel();
  if (impl.session) {
    // A part of the time is for the unbind itself.
    impl.session->unbind(CloseReason::Unbound, limit * 3 / 4);
    impl.stop_limit = impl.loop.wheel().arm(limit, [&impl] {
      if (impl.session) impl.session->close(CloseReason::Dropped);
    });
  }
  impl.check_stopped();
}

void Client::restart() {
  if (impl_->session) return impl_->session->close(CloseReason::Dropped);
  impl_->connect();
}

Result<std::uint32_t, SendError> Client::submit(Pdu pdu, Completion done) {
  if (!impl_->session) return SendError::NoSession;
  return impl_->session->request(std::move(pdu), std::move(done));
}

std::size_t Client::room() const {
  return impl_->session ? impl_->session->room() : 0;
}

SessionId Client::session() const {
  const auto& session = impl_->session;
  return session && is_bound(session->state()) ? session->id() : SessionId{};
}

SessionState Client::state() const {
  return impl_->session ? impl_->session->state() : SessionState::Closed;
}

bool Client::answer(SessionId id, std::uint32_t sequence, Status status, TlvList tlvs) {
  const auto session = impl_->session;
  if (session && session->id() == id) return session->answer(sequence, status, std::string_view{}, tlvs);
  impl_->metrics.late_answers.add();
  return false;
}

}  // namespace warp::smpp
