#include "connector.h"

#include <algorithm>
#include <utility>

#include <boost/asio/ssl/host_name_verification.hpp>

#include "tls.h"

namespace warp::smpp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::size_t hosts_of(const ClientSettings& settings) {
  return settings.fallback_hosts.size() + 1;
}
const std::string& host_of(const ClientSettings& settings, unsigned attempt) {
  const auto at = attempt % hosts_of(settings);
  return at == 0 ? settings.host : settings.fallback_hosts[at - 1];
}

}  // namespace

Connector::Connector(net::Loop& loop, const ClientSettings& settings, unsigned attempt, Metrics& metrics,
                     Done done)
    : loop_(loop),
      settings_(settings),
      metrics_(metrics),
      host_(host_of(settings, attempt)),
      turn_(attempt / static_cast<unsigned>(hosts_of(settings))),
      done_(std::move(done)),
      resolver_(loop.context()),
      socket_(loop.context()) {}

void Connector::start() {
  deadline_ = loop_.wheel().arm(settings_.connect_timeout, [self = shared_from_this()] {
    self->fail(CloseReason::ConnectFailed, "no connection in time");
  });
  resolver_.async_resolve(
      host_, std::to_string(settings_.port),
      [self = shared_from_this()](error_code error, const Tcp::resolver::results_type& endpoints) {
        if (!self->done_) return;
        if (error) return self->fail(CloseReason::ResolveFailed, error.message());
        self->connect(endpoints);
      });
}

void Connector::cancel() {
  error_code ignored;
  done_ = nullptr;
  loop_.wheel().cancel(deadline_);
  loop_.wheel().cancel(share_);
  resolver_.cancel();
  socket_.close(ignored);
}

void Connector::connect(const Tcp::resolver::results_type& endpoints) {
  for (const auto& entry : endpoints)
    endpoints_.push_back(entry.endpoint());
  const auto first = turn_ % endpoints_.size();
  std::rotate(endpoints_.begin(), endpoints_.begin() + static_cast<std::ptrdiff_t>(first), endpoints_.end());
  try_next();
}

// Each address gets its share of the time: one that swallows packets must not use it up.
void Connector::try_next() {
  error_code ignored;
  const auto share = settings_.connect_timeout / static_cast<int>(endpoints_.size());
  const auto at = next_++;
  socket_.close(ignored);
  if (next_ < endpoints_.size())
    share_ = loop_.wheel().arm(share, [self = shared_from_this()] {
      error_code also_ignored;
      self->socket_.close(also_ignored);
    });
  socket_.async_connect(endpoints_[at], [self = shared_from_this()](error_code error) {
    if (!self->done_) return;
    self->loop_.wheel().cancel(self->share_);
    if (!error) return self->connected();
    if (self->next_ < self->endpoints_.size()) return self->try_next();
    self->fail(CloseReason::ConnectFailed, error.message());
  });
}

void Connector::connected() {
  error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  if (settings_.tls) return finish(tls_link(*settings_.tls));
  finish(make_link(loop_, settings_.link, metrics_, std::move(socket_)));
}

Result<std::shared_ptr<Link>, Connector::Failure> Connector::tls_link(const ClientTls& tls) {
  // OpenSSL counts its users: the stream keeps what it needs of the context.
  auto context = client_context(tls);
  if (!context) return Failure{CloseReason::TlsFailed, context.error()};
  const auto& name = tls.verify_name.empty() ? host_ : tls.verify_name;
  TlsStream stream(std::move(socket_), *context);
  error_code error;
  if (tls.verify) stream.set_verify_callback(asio::ssl::host_name_verification(name), error);
  if (error) return Failure{CloseReason::TlsFailed, error.message()};
  asio::ip::make_address(name, error);
  const bool is_name = static_cast<bool>(error);
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());
  return make_link(loop_, settings_.link, metrics_, std::move(stream), asio::ssl::stream_base::client);
}

void Connector::fail(CloseReason reason, std::string detail) {
  finish(Failure{reason, std::move(detail)});
}

void Connector::finish(Result<std::shared_ptr<Link>, Failure> outcome) {
  loop_.wheel().cancel(deadline_);
  loop_.wheel().cancel(share_);
  error_code ignored;
  resolver_.cancel();
  socket_.close(ignored);
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(outcome));
}

}  // namespace warp::smpp
