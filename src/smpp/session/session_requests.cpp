// Requests and their responses, both ways.
#include <algorithm>
#include <limits>
#include <utility>

#include "session.h"

namespace warp::smpp {
namespace {

constexpr std::chrono::seconds kThrottleWindow{1};

// One request that is never answered must not let the ring grow without bound until it times out.
constexpr std::size_t longest_span(std::size_t window) {
  return window * 64 + 4096;
}

std::string_view message_id_of(const Body& body) {
  if (const auto* single = std::get_if<MessageIdResp>(&body)) return single->message_id;
  if (const auto* multi = std::get_if<SubmitMultiResp>(&body)) return multi->message_id;
  if (const auto* query = std::get_if<QuerySmResp>(&body)) return query->message_id;
  return {};
}

void set_message_id(Body& body, std::string_view id) {
  if (auto* single = std::get_if<MessageIdResp>(&body)) single->message_id = id;
  if (auto* multi = std::get_if<SubmitMultiResp>(&body)) multi->message_id = id;
  if (auto* query = std::get_if<QuerySmResp>(&body)) query->message_id = id;
}

}  // namespace

Result<std::uint32_t, SendError> Session::request(Pdu pdu, Completion done) {
  if (unbinding_ || !is_bound(state_) || !may_send(role_, state_, pdu.header.command))
    return SendError::WrongState;
  if (!link_->open()) return SendError::NoSession;
  if (window_.size() >= limits_.window_out || window_.span() >= longest_span(limits_.window_out))
    return SendError::WindowFull;
  if (link_->backlogged()) {
    told_backlogged_ = true;
    return SendError::Backlogged;
  }
  const auto position = link_->position();
  const auto sequence = sequence_;
  pdu.header.sequence = sequence;
  pdu.header.status = Status::Ok;
  if (!send(pdu)) return SendError::BadPdu;
  sequence_ = next_sequence(sequence);
  last_activity_ = now();
  window_.add(
      {sequence, pdu.header.command, last_activity_ + limits_.response_timeout, position, std::move(done)});
  metrics_.window_out.add(1);
  schedule(window_.first_deadline());
  return sequence;
}

Result<void, SendError> Session::notify(Pdu pdu) {
  if (unbinding_ || !is_bound(state_) || !may_send(role_, state_, pdu.header.command))
    return SendError::WrongState;
  if (!link_->open()) return SendError::NoSession;
  if (link_->backlogged()) return SendError::Backlogged;
  pdu.header.sequence = sequence_;
  pdu.header.status = Status::Ok;
  if (!send(pdu)) return SendError::BadPdu;
  window_.skip();
  sequence_ = next_sequence(sequence_);
  return {};
}

Session::Control Session::send_control(CommandId command, Body body, std::chrono::milliseconds timeout) {
  Pdu pdu;
  pdu.header.command = command;
  pdu.header.sequence = sequence_;
  pdu.body = std::move(body);
  if (!send(pdu)) return {};
  window_.skip();
  return {command, std::exchange(sequence_, next_sequence(sequence_)), now() + timeout};
}

void Session::send_bind(CommandId command, const Bind& bind) {
  bind_ = send_control(command, bind, std::chrono::milliseconds::zero());  // bind_deadline_ watches it
  if (!bind_.open()) return finish(CloseReason::BindRefused);
  move(SessionState::Binding);
}

std::size_t Session::room() const {
  if (unbinding_ || !is_bound(state_) || !link_->open() || link_->backlogged()) return 0;
  if (window_.span() >= longest_span(limits_.window_out)) return 0;
  return limits_.window_out - std::min(window_.size(), limits_.window_out);
}

bool Session::on_control_response(const Pdu& pdu) {
  const auto& header = pdu.header;
  const auto answers = [&](const Control& control) {
    return control.open() && control.sequence == header.sequence &&
           (header.command == response_of(control.command) || header.command == CommandId::GenericNack);
  };
  if (answers(enquire_)) {
    enquire_ = {};
    return true;
  }
  if (answers(unbind_)) {
    unbind_ = {};
    finish(unbind_reason_);
    return true;
  }
  if (answers(bind_) && state_ == SessionState::Binding) {
    bind_ = {};
    bind_answered(pdu);
    return true;
  }
  return false;
}

void Session::on_response(const Pdu& pdu) {
  const auto& header = pdu.header;
  const auto* open = window_.find(header.sequence);
  const bool is_nack = header.command == CommandId::GenericNack;
  if (!open || (!is_nack && header.command != response_of(open->command))) {
    if (on_control_response(pdu)) return;
    metrics_.unmatched.add();
    return unmatched(pdu);
  }
  last_activity_ = last_received_;
  if (header.status == Status::Throttled) metrics_.throttled_in.add();
  complete(*window_.take(header.sequence),
           {Outcome::Answered, header.status, message_id_of(pdu.body), pdu.tlvs, &pdu, true});
  settle();
}

// Its status stands in the header; only what an ESME_ROK would have brought is lost.
void Session::on_broken_response(const ParseError& error) {
  const auto& header = error.header;
  if (bind_.open() && header.sequence == bind_.sequence && state_ == SessionState::Binding) {
    Pdu pdu;
    pdu.header = header;
    pdu.body = BindResp{};
    bind_ = {};
    return bind_answered(pdu);
  }
  auto entry = window_.take(header.sequence);
  if (!entry) return metrics_.unmatched.add();
  const auto outcome = header.status == Status::Ok ? Outcome::BadResponse : Outcome::Answered;
  complete(std::move(*entry), {.outcome = outcome, .status = header.status});
  settle();
}

void Session::complete(RequestWindow::Entry entry, Reply reply) {
  metrics_.window_out.add(-1);
  if (entry.done) entry.done(reply);
}

void Session::pass_to_owner(const Pdu& pdu) {
  const bool full = pending_.size() >= limits_.window_in;
  if (unbinding_ || (full && limits_.overflow == Overflow::Throttle))
    return respond(pdu.header, Status::Throttled);
  pending_.push_back({pdu.header.sequence, pdu.header.command});
  metrics_.window_in.add(1);
  update_reading();
  requested(pdu);
}

std::vector<Session::Pending>::iterator Session::find_pending(std::uint32_t sequence) {
  return std::find_if(pending_.begin(), pending_.end(),
                      [&](const Pending& pending) { return pending.sequence == sequence; });
}

bool Session::answer(std::uint32_t sequence, Status status, std::string_view message_id, TlvList tlvs) {
  const auto pending = find_pending(sequence);
  if (pending == pending_.end()) return metrics_.late_answers.add(), false;
  Header request;
  request.command = pending->command;
  request.sequence = sequence;
  auto response = response_to(request, status);
  set_message_id(response.body, message_id);
  response.tlvs = tlvs;
  return answer_pending(pending, response);
}

bool Session::answer(std::uint32_t sequence, Status status, Body body, TlvList tlvs) {
  const auto pending = find_pending(sequence);
  if (pending == pending_.end()) return metrics_.late_answers.add(), false;
  Header request;
  request.command = pending->command;
  request.sequence = sequence;
  auto response = response_to(request, status);
  response.body = std::move(body);
  response.tlvs = tlvs;
  return answer_pending(pending, response);
}

bool Session::answer_pending(std::vector<Pending>::iterator pending, const Pdu& response) {
  Header request;
  request.command = pending->command;
  request.sequence = pending->sequence;
  pending_.erase(pending);
  metrics_.window_in.add(-1);
  const bool written = send(response);
  if (!written) respond(request, Status::SysErr);
  update_reading();
  settle();
  return written;
}

void Session::note_throttled() {
  metrics_.throttled_out.add();
  const auto at = now();
  if (at - throttle_since_ > kThrottleWindow) {
    throttle_since_ = at;
    throttled_ = 0;
  }
  if (++throttled_ <= limits_.throttle_burst) return;
  throttled_ = 0;
  throttle_since_ = at;
  resting_until_ = at + limits_.throttle_rest;
  metrics_.rests.add();
  update_reading();
  schedule(resting_until_);
}

void Session::update_reading() {
  const bool full = limits_.overflow == Overflow::PauseReading && pending_.size() >= limits_.window_in;
  const bool pause = full || resting_until_ != Monotonic::min();
  if (pause) {
    link_->pause();
  } else if (link_->paused()) {
    link_->resume();
  }
}

}  // namespace warp::smpp
