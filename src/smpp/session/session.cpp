#include "session.h"

#include <limits>
#include <utility>

namespace warp::smpp {
namespace {

constexpr std::size_t kLongestPassword = 64;

}  // namespace

Session::Session(net::Loop& loop, Metrics& metrics, Role role, SessionId id, const LinkLimits& link_limits,
                 std::chrono::milliseconds init)
    : loop_(loop),
      metrics_(metrics),
      role_(role),
      id_(id),
      link_limits_(link_limits),
      before_bind_left_(std::numeric_limits<std::size_t>::max()),
      bind_deadline_(loop.clock().now() + init) {
  write_options_.password_octets = kLongestPassword;
  write_options_.frame_octets = link_limits.frame_octets;
  metrics_.arrived(state_);
}

Session::~Session() {
  loop_.wheel().cancel(alarm_);
  metrics_.window_out.add(-static_cast<double>(window_.size()));
  metrics_.window_in.add(-static_cast<double>(pending_.size()));
  metrics_.gone(state_);
}

void Session::start(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  schedule(next_deadline());
  link_->start(shared_from_this());
}

void Session::abandon() {
  loop_.wheel().cancel(alarm_);
  link_->abandon();
}

void Session::move(SessionState state) {
  metrics_.moved(state_, state);
  state_ = state;
}

void Session::bound(SessionState state, const SessionLimits& limits) {
  limits_ = limits;
  bind_deadline_ = Monotonic::max();
  last_activity_ = last_received_ = now();
  move(state);
  schedule(next_deadline());
}

void Session::set_bind_deadline(std::chrono::milliseconds from_now) {
  bind_deadline_ = now() + from_now;
  schedule(bind_deadline_);
}

void Session::on_link_open() {
  move(SessionState::Open);
  last_received_ = now();
  opened();
}

void Session::on_link_closed(CloseReason reason, std::string_view detail) {
  loop_.wheel().cancel(alarm_);
  move(SessionState::Closed);
  metrics_.closed(reason);
  while (auto entry = window_.take_oldest()) {
    const bool left = entry->position < link_->handed();
    complete(std::move(*entry), {.outcome = Outcome::Closed, .left = left});
  }
  metrics_.window_in.add(-static_cast<double>(pending_.size()));
  pending_.clear();
  ended(reason, detail);
}

void Session::on_writable() {
  if (std::exchange(told_backlogged_, false)) writable();
}

void Session::on_frame(std::string_view frame) {
  last_received_ = now();
  const auto pdu = parse(frame);
  const bool before_bind = !is_bound(state_) && state_ != SessionState::Unbound;
  if (before_bind && before_bind_left_-- == 0) return finish(CloseReason::Misbehaved);
  if (!pdu) return on_malformed(pdu.error());
  metrics_.received(pdu->header.command);
  if (is_response(pdu->header.command)) return on_response(*pdu);
  if (pdu->header.command != CommandId::EnquireLink) last_activity_ = last_received_;
  on_request(*pdu);
}

void Session::on_request(const Pdu& pdu) {
  const auto& header = pdu.header;
  switch (verdict(role_, state_, header.command)) {
    case Verdict::Take:
      return take(pdu);
    case Verdict::WrongState:
      return respond(header, Status::InvBndSts);
    case Verdict::AlreadyBound:
      return respond(header, Status::AlyBnd);
    case Verdict::Refuse:
      return nack(Status::InvCmdId, header.sequence);
    case Verdict::Ignore:
      return;
  }
}

void Session::take(const Pdu& pdu) {
  switch (kind_of(pdu.header.command)) {
    case Kind::Bind:
      return bind_requested(pdu);
    case Kind::Submit:
    case Kind::Data:
    case Kind::Deliver:
      return pass_to_owner(pdu);
    case Kind::Alert:
      return alerted(pdu);
    case Kind::Unbind:
      peer_unbind_ = pdu.header;
      unbind_wait_ = now() + limits_.unbind_timeout;
      move(SessionState::Unbound);
      schedule(unbind_wait_);
      return settle();
    case Kind::EnquireLink:
      return respond(pdu.header, Status::Ok);
    case Kind::Unsupported:
      return;
  }
}

void Session::on_bad_length(const Frame& frame) {
  metrics_.bad_pdu(ParseCode::CommandLength);
  nack(Status::InvCmdLen, frame.header.sequence);
  finish(CloseReason::BadLength);
}

void Session::on_malformed(const ParseError& error) {
  metrics_.bad_pdu(error.code);
  const auto& header = error.header;
  switch (error.severity) {
    case Severity::Close:
      nack(error.status, header.sequence);
      return finish(CloseReason::BadLength);
    case Severity::Nack:
      return nack(error.status, header.sequence);
    case Severity::Answer:
      // What is refused whole is refused broken too.
      if (verdict(role_, state_, header.command) == Verdict::Refuse)
        return nack(Status::InvCmdId, header.sequence);
      if (kind_of(header.command) == Kind::Bind) metrics_.bind_failed(BindFailure::Malformed);
      return respond(header, error.status);
    case Severity::Ignore:
      return on_broken_response(error);
  }
}

bool Session::send(const Pdu& pdu) {
  if (!link_->open()) return false;
  if (!write(pdu, link_->out(), write_options_)) return false;
  const auto& header = pdu.header;
  metrics_.sent(header.command);
  if (header.status == Status::Throttled) note_throttled();
  link_->queued();
  return true;
}

void Session::respond(const Header& request, Status status) {
  send(response_to(request, status));
}

void Session::nack(Status status, std::uint32_t sequence) {
  Pdu pdu;
  pdu.header.command = CommandId::GenericNack;
  pdu.header.status = status;
  pdu.header.sequence = sequence;
  send(pdu);
}

}  // namespace warp::smpp
