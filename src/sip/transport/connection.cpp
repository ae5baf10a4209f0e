#include "connection.h"

#include <algorithm>
#include <cstring>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include "warp/net/sockaddr.h"

namespace warp::sip {
namespace {

constexpr std::string_view kPing = "\r\n\r\n", kPong = "\r\n";
constexpr std::size_t kUsualBatch = 64 * 1024;

bool is_end(const boost::system::error_code& error) {
  namespace asio = boost::asio;
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::ssl::error::stream_truncated;
}

}  // namespace

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::PeerClosed:
      return "peer_closed";
    case CloseReason::NetworkError:
      return "network_error";
    case CloseReason::ConnectFailed:
      return "connect_failed";
    case CloseReason::TlsFailed:
      return "tls_failed";
    case CloseReason::UpgradeFailed:
      return "upgrade_failed";
    case CloseReason::HandshakeTimeout:
      return "handshake_timeout";
    case CloseReason::NoMessage:
      return "no_message";
    case CloseReason::SlowSender:
      return "slow_sender";
    case CloseReason::SlowReader:
      return "slow_reader";
    case CloseReason::Malformed:
      return "malformed";
    case CloseReason::Idle:
      return "idle";
    case CloseReason::NoPong:
      return "no_pong";
    case CloseReason::Banned:
      return "banned";
    case CloseReason::Stopped:
      return "stopped";
  }
  return "";
}

Tcp::endpoint to_endpoint(const domain::SocketAddress& address) {
  Tcp::endpoint endpoint;
  const auto native = net::to_sockaddr(address);
  std::memcpy(endpoint.data(), native.get(), native.length);
  endpoint.resize(native.length);
  return endpoint;
}

Connection::Connection(net::Loop& loop, Owner& owner, const StreamLimits& limits, const Flow& flow, Side side)
    : loop_(loop), owner_(&owner), limits_(limits), flow_(flow), side_(side), framer_(limits.framing) {}

Connection::~Connection() {
  loop_.wheel().cancel(timer_);
}

void Connection::start() {
  since_ = loop_.clock().now();
  connected_ = side_ == Side::Accepted;
  arm();
  do_open();
}

void Connection::connected() {
  connected_ = true;
  since_ = loop_.clock().now();
  arm();
}

void Connection::opened() {
  if (state_ != State::Opening) return;
  state_ = State::Open;
  was_open_ = true;
  since_ = heard_at_ = said_at_ = loop_.clock().now();
  owner_->on_open(*this);
  if (state_ != State::Open) return;
  flush();
  arm();
  do_read();
}

void Connection::failed(CloseReason reason, const boost::system::error_code& error) {
  if (state_ == State::Closed) return;
  if (state_ == State::Finishing)
    reason = reason_;
  else if (was_open_)
    reason = is_end(error) ? CloseReason::PeerClosed : CloseReason::NetworkError;
  close(reason, error.message());
}

// What is heard ----------------------------------------------------------------------------------------

void Connection::heard() {
  heard_at_ = loop_.clock().now();
  ping_out_ = false;
}

void Connection::received(std::string_view octets) {
  if (state_ == State::Closed) return;
  heard();
  owner_->on_octets(octets.size(), 0);
  if (state_ == State::Open) {
    const bool within = framer_.within_message();
    framer_.push(octets);
    if (!within) message_since_ = heard_at_;
    handle_events();
  }
  if (state_ != State::Closed) do_read();
}

void Connection::handle_events() {
  const auto keep = shared_from_this();
  for (auto event = framer_.next(); event.kind != StreamFramer::Kind::More; event = framer_.next()) {
    handle(event);
    if (state_ != State::Open) break;
    message_since_ = heard_at_;  // what follows began with this read
  }
  if (owner_ != nullptr) owner_->on_batch_end();
  if (state_ == State::Open && framer_.within_message()) arm();
}

void Connection::handle(const StreamFramer::Event& event) {
  switch (event.kind) {
    case StreamFramer::Kind::More:
      return;
    case StreamFramer::Kind::Message:
      message_seen_ = true;
      return owner_->on_message(*this, event.bytes);
    case StreamFramer::Kind::Ping:
      owner_->on_keep_alive();
      send(kPong);
      return;
    case StreamFramer::Kind::Pong:
      ponged_ = true;
      return owner_->on_keep_alive();
    case StreamFramer::Kind::Bad:
      return owner_->on_unframed(*this, event.fault, event.bytes);
  }
}

void Connection::received_whole(std::string_view message) {
  if (state_ == State::Closed) return;
  heard();
  owner_->on_octets(message.size(), 0);
  const auto keep = shared_from_this();
  if (state_ == State::Open) {
    if (message.find_first_not_of("\r\n") != std::string_view::npos) {
      handle({StreamFramer::Kind::Message, message});
    } else {
      handle({message.size() >= kPing.size() ? StreamFramer::Kind::Ping : StreamFramer::Kind::Pong});
    }
    if (owner_ != nullptr) owner_->on_batch_end();
  }
  if (state_ != State::Closed) do_read();
}

void Connection::take_certificate(SSL& ssl, const TlsContext* by) {
  certificate_.reset(SSL_get1_peer_certificate(&ssl));
  if (!certificate_ || SSL_get_verify_result(&ssl) != X509_V_OK || by == nullptr) return certificate_.reset();
  proven_by_ = by->profile.name;
  wildcards_ = by->profile.wildcards;
}

bool Connection::proves_to_be(const Peer& peer) const {
  return certificate_ != nullptr && peer.profile == proven_by_ &&
         proves(*certificate_, peer.name, wildcards_);
}

// What is said -----------------------------------------------------------------------------------------

bool Connection::send(std::string_view message) {
  if (!usable()) return false;
  sending_now_ = true;
  const auto keep = shared_from_this();
  if (queued_octets_ + message.size() > limits_.write_octets) {
    close(CloseReason::SlowReader, "too much waits to be written");
  } else {
    queue_.emplace_back(message);
    queued_octets_ += message.size();
    flush();
  }
  sending_now_ = false;
  return usable();
}

void Connection::flush() {
  if (writing_ || queued_octets_ == 0 || state_ == State::Closed || state_ == State::Opening) return;
  sent_ = 0;
  if (keeps_boundaries()) {
    sending_ = std::move(queue_[next_++]);
    if (next_ == queue_.size()) {
      queue_.clear();
      next_ = 0;
    }
  } else {
    sending_.clear();
    for (const auto& message : queue_)
      sending_ += message;
    queue_.clear();
  }
  writing_ = true;
  moved_at_ = said_at_ = loop_.clock().now();
  arm();
  do_write(sending_);
}

void Connection::wrote(std::size_t octets) {
  if (state_ == State::Closed) return;
  owner_->on_octets(0, octets);
  moved_at_ = loop_.clock().now();
  sent_ += octets;
  queued_octets_ -= std::min(queued_octets_, octets);
  if (sent_ < sending_.size()) return do_write(std::string_view(sending_).substr(sent_));
  writing_ = false;
  if (sending_.capacity() > kUsualBatch) std::string().swap(sending_);
  flush();
  if (state_ != State::Finishing || writing_ || shut_) return;
  shut_ = true;
  do_shutdown();
}

void Connection::finish(CloseReason reason) {
  if (state_ == State::Opening) return close(reason);
  if (state_ != State::Open) return;
  state_ = State::Finishing;
  reason_ = reason;
  since_ = loop_.clock().now();
  arm();
  if (writing_) return;
  shut_ = true;
  do_shutdown();
}

void Connection::close(CloseReason reason, std::string_view detail) {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  loop_.wheel().cancel(timer_);
  do_close();
  const auto keep = shared_from_this();
  if (owner_ != nullptr) owner_->on_closed(*this, reason, detail, sending_now_);
  owner_ = nullptr;
}

void Connection::abandon() {
  owner_ = nullptr;
  close(CloseReason::Stopped);
}

// Deadlines --------------------------------------------------------------------------------------------

Monotonic Connection::ping_at() const {
  if (side_ == Side::Accepted || limits_.ping.count() == 0) return Monotonic::max();
  // Pings of a peer that never answered one are sent all the same: TCP itself finds out that it is gone.
  if (ping_out_ && ponged_) return ping_sent_ + limits_.pong;
  return std::max(heard_at_, ping_sent_) + limits_.ping;
}

Monotonic Connection::earliest() const {
  if (state_ == State::Opening) return since_ + (connected_ ? limits_.handshake : limits_.connect);
  if (state_ == State::Finishing) return since_ + limits_.linger;
  auto at = ping_at();
  const bool pings = at != Monotonic::max();
  if (!pings) at = std::max(heard_at_, said_at_) + limits_.idle;
  if (side_ == Side::Accepted && !message_seen_) at = std::min(at, since_ + limits_.first_message);
  if (framer_.within_message()) at = std::min(at, message_since_ + limits_.message);
  if (writing_) at = std::min(at, moved_at_ + limits_.write);
  return at;
}

void Connection::arm() {
  if (state_ == State::Closed) return;
  const auto at = earliest();
  if (timer_ && due_ <= at) return;  // looks again when it fires
  loop_.wheel().cancel(timer_);
  due_ = at;
  const auto now = loop_.clock().now();
  const auto wait =
      at > now ? std::chrono::ceil<std::chrono::milliseconds>(at - now) : std::chrono::milliseconds(0);
  timer_ = loop_.wheel().arm(wait, [this] {
    timer_ = {};
    check();
  });
}

void Connection::check() {
  const auto now = loop_.clock().now();
  if (earliest() > now) return arm();
  const auto keep = shared_from_this();
  if (state_ == State::Opening)
    return close(connected_ ? CloseReason::HandshakeTimeout : CloseReason::ConnectFailed, "took too long");
  if (state_ == State::Finishing) return close(reason_);
  if (writing_ && moved_at_ + limits_.write <= now) return close(CloseReason::SlowReader, "takes nothing");
  if (framer_.within_message() && message_since_ + limits_.message <= now)
    return close(CloseReason::SlowSender, "a message does not end");
  if (side_ == Side::Accepted && !message_seen_ && since_ + limits_.first_message <= now)
    return close(CloseReason::NoMessage, "no message came");
  if (ping_at() > now) return close(CloseReason::Idle, "nothing was heard or said");
  if (ping_out_ && ponged_) return close(CloseReason::NoPong, "a ping was not answered");
  ping_out_ = true;
  ping_sent_ = now;
  send(kPing);
  arm();
}

}  // namespace warp::sip
