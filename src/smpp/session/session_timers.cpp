// Deadlines and the ways to an orderly end.
#include <algorithm>
#include <utility>

#include "session.h"

namespace warp::smpp {

using std::chrono::milliseconds;

void Session::schedule(Monotonic when) {
  if (when >= alarm_at_) return;
  alarm_at_ = when;
  loop_.wheel().cancel(alarm_);
  const auto delay = std::chrono::ceil<milliseconds>(std::max(when - now(), Monotonic::duration::zero()));
  alarm_ = loop_.wheel().arm(delay, [this] { on_alarm(); });
}

Monotonic Session::next_deadline() const {
  // Whatever else is due, a stalled write is noticed.
  auto next = now() + link_limits_.write_timeout / 2;
  for (const auto due : {bind_deadline_, window_.first_deadline(), unbind_.deadline, unbind_wait_})
    next = std::min(next, due);
  if (resting_until_ != Monotonic::min()) next = std::min(next, resting_until_);
  if (!is_bound(state_)) return next;
  if (enquire_.open()) {
    next = std::min(next, enquire_.deadline);
  } else if (limits_.enquire_interval.count() > 0) {
    next = std::min(next, last_received_ + limits_.enquire_interval);
  }
  if (limits_.inactivity.count() > 0 && !unbinding_)
    next = std::min(next, last_activity_ + limits_.inactivity);
  return next;
}

void Session::on_alarm() {
  const auto keep = shared_from_this();
  alarm_ = {};
  alarm_at_ = Monotonic::max();
  const auto at = now();
  if (at >= bind_deadline_) {
    bind_deadline_ = Monotonic::max();
    metrics_.timeout(Timeout::Bind);
    metrics_.bind_failed(BindFailure::Timeout);
    bind_expired();
  }
  check_link(at);
  check_requests(at);
  check_silence(at);
  check_unbind(at);
  if (state_ != SessionState::Closed) schedule(next_deadline());
}

void Session::check_requests(Monotonic at) {
  while (auto entry = window_.take_expired(at)) {
    metrics_.timeout(Timeout::Response);
    const bool left = entry->position < link_->handed();
    complete(std::move(*entry), {.outcome = Outcome::TimedOut, .left = left});
  }
  settle();
}

void Session::check_link(Monotonic at) {
  if (link_->stalled_since() != Monotonic::max() &&
      at - link_->stalled_since() >= link_limits_.write_timeout) {
    metrics_.timeout(Timeout::Write);
    return close(CloseReason::WriteStalled);
  }
  if (resting_until_ != Monotonic::min() && at >= resting_until_) {
    resting_until_ = Monotonic::min();
    update_reading();
  }
}

void Session::check_silence(Monotonic at) {
  if (!is_bound(state_) || !link_->open()) return;
  if (link_->paused() || link_->backlogged()) {  // it is us who do not listen
    last_received_ = at;
    if (enquire_.open()) enquire_.deadline = at + limits_.enquire_timeout;
  }
  if (enquire_.open() && at >= enquire_.deadline) {
    metrics_.timeout(Timeout::EnquireLink);
    return close(CloseReason::NoEnquireResponse);
  }
  const bool asks = limits_.enquire_interval.count() > 0;
  if (asks && !enquire_.open() && at - last_received_ >= limits_.enquire_interval) {
    enquire_ = send_control(CommandId::EnquireLink, Empty{}, limits_.enquire_timeout);
  }
  const bool watched = limits_.inactivity.count() > 0 && !unbinding_;
  if (watched && at - last_activity_ >= limits_.inactivity) {
    metrics_.timeout(Timeout::Inactivity);
    unbind(CloseReason::Inactive, limits_.unbind_timeout);
  }
}

void Session::check_unbind(Monotonic at) {
  if (unbind_.open() && at >= unbind_.deadline) {
    unbind_ = {};
    metrics_.timeout(Timeout::Unbind);
    return finish(unbind_reason_);
  }
  if (at < unbind_wait_) return;
  unbind_wait_ = Monotonic::max();
  peer_unbind_ ? confirm_unbind() : send_unbind();
}

void Session::unbind(CloseReason reason, milliseconds wait) {
  if (!is_bound(state_)) {
    if (state_ != SessionState::Unbound) finish(reason);
    return;
  }
  if (std::exchange(unbinding_, true)) return;
  unbind_reason_ = reason;
  unbind_wait_ = now() + wait;
  schedule(unbind_wait_);
  settle();
}

void Session::settle() {
  if (!pending_.empty()) return;
  if (peer_unbind_) {
    confirm_unbind();
  } else if (unbinding_ && is_bound(state_) && window_.size() == 0) {
    send_unbind();
  }
}

void Session::send_unbind() {
  if (!is_bound(state_)) return;
  unbind_wait_ = Monotonic::max();
  unbind_ = send_control(CommandId::Unbind, Empty{}, limits_.unbind_timeout);
  move(SessionState::Unbound);
  schedule(unbind_.deadline);
}

void Session::confirm_unbind() {
  unbind_wait_ = Monotonic::max();
  respond(*std::exchange(peer_unbind_, std::nullopt), Status::Ok);
  finish(unbinding_ ? unbind_reason_ : CloseReason::PeerUnbound);
}

}  // namespace warp::smpp
