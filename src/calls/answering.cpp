#include "answering.h"

#include <algorithm>
#include <array>
#include <utility>

#include "announce/recording.h"
#include "announce/ringback.h"
#include "attempts.h"
#include "charge.h"
#include "ending.h"
#include "media_setup.h"
#include "media_watch.h"
#include "multipart.h"
#include "negotiation/exchange.h"
#include "outgoing.h"
#include "responses.h"
#include "setup/forks.h"
#include "setup/provisional.h"
#include "state_text.h"
#include "status.h"
#include "survival.h"
#include "targets.h"
#include "transfer.h"
#include "update.h"

namespace warp::calls {

using domain::Reason;

namespace {

void note_answer(Context& context, Call& call) {
  domain::CallRecord& record = call.record;
  note_progress(context, call);
  note_attempt(context, call, 200, Reason::NormalClearing);
  call.answered_at = context.clock.now();
  record.answered_at = wall_at(call, call.answered_at);
  record.state = domain::RecordState::Answered;
  record.disposition = domain::Disposition::Answered;
  record.ended_at = *record.answered_at;
  record.sip_status = 200;
  judge_media(call);
}

// ACK and BYE for a far end whose answer is no use; the caller is told that the far end is at fault.
void refuse_answer(Context& context, Call& call) {
  send_ack(context, call.leg(Side::Callee));
  send_bye(context, call.leg(Side::Callee), Side::Callee, {Reason::FarEndMalformed});
  note_attempt(context, call, 200, Reason::FarEndMalformed);
  Attempt& attempt = call.setup->attempt;
  context.wheel.cancel(attempt.no_reply);
  context.wheel.cancel(attempt.no_answer);
  attempt = {};
  fail(context, call, {.reason = Reason::FarEndMalformed, .status = kBadGateway});
}

void write_draft(Context& context, Call& call) {
  context.records.answered(
      call.record, write_state(call), context.executor,
      [alive = std::weak_ptr(context.alive), &context, serial = call.serial](bool durable) {
        if (alive.expired()) return;
        if (Call* found = context.table.find(serial)) on_journalled(context, *found, durable);
      });
}

void start_max_duration(Context& context, Call& call) {
  if (call.max_duration <= std::chrono::seconds::zero()) return;
  // It runs since the far end answered; the journal and a PRACK may have taken their time since.
  const auto gone =
      std::chrono::duration_cast<std::chrono::milliseconds>(context.clock.now() - call.answered_at);
  arm_max_duration(
      context, call,
      std::max(std::chrono::milliseconds(call.max_duration) - gone, std::chrono::milliseconds{1}));
}

void leave_setup(Call& call) {
  call.setup.reset();
  forget_offers(call);
}

void on_ack_missing(Context& context, Call& call) {
  call.ok.reset();
  if (call.state == State::Closing) return close_caller(context, call);
  hang_up(context, call, {Reason::AckMissing}, domain::ReleaseSide::Platform, Tell::Both);
}

}  // namespace

void arm_max_duration(Context& context, Call& call, std::chrono::milliseconds left) {
  call.max_duration_timer = context.wheel.arm(left, [&context, &call] {
    call.max_duration_timer = {};
    terminate(context, call, Reason::MaxDuration);
  });
}

void on_answer(Context& context, Call& call, const sip::Message& response, const sip::Flow& from) {
  Setup& setup = *call.setup;
  Attempt& attempt = setup.attempt;
  context.wheel.cancel(attempt.no_reply);
  context.wheel.cancel(attempt.no_answer);
  report_target(context, call, domain::TargetHealth::Outcome::Answered);
  Leg& callee = call.leg(Side::Callee);
  callee.dialog = answered_dialog(context, call, response, from);
  // A request that was too large for its transport went by another.
  call.record.facts->transport_out = domain::to_string(from.transport);
  note_allowed(callee, response);
  end_ringback(call);
  auto answer = describe_answer(context, call, response);
  if (!answer) return refuse_answer(context, call);
  setup.answer = std::move(*answer);
  if (!call.delayed_offer) send_ack(context, callee);
  Leg& caller = call.leg(Side::Caller);
  if (CallerDialog* early = find_caller_dialog(call, caller.tag); early != nullptr && early->dialog)
    caller.dialog = std::move(early->dialog);
  else
    caller.dialog = sip::Dialog::as_uas(setup.invite.request, tag_text(caller.tag),
                                        contact_of(context, setup.invite.flow), setup.invite.flow);
  note_answer(context, call);
  note_parties(call);
  note_far_session(context, call, response);
  note_heard_at_answer(call, response);
  if (setup.early) keep_fork(context, call, far_key(call, response));
  attempt = {};
  enter(context, call, State::Answering);
  write_draft(context, call);
}

void on_answer_again(Context& context, Call& call, const sip::Message& response, const sip::Flow& from) {
  Leg& callee = call.leg(Side::Callee);
  if (callee.dialog && callee.dialog->matches(response)) {
    // Its ACK was lost; a delayed answer's ACK is still to come.
    if (callee.acked) send_ack(context, callee);
    return;
  }
  reject_answer(context, response, from, {Reason::NormalClearing});
}

void on_journalled(Context& context, Call& call, bool durable) {
  if (call.state != State::Answering) return;
  if (!durable && !call.emergency) return fail(context, call, {.reason = Reason::JournalUnavailable});
  if (join_transferred(context, call)) return;
  if (hold_answer(call)) return;
  leave_early(context, call, Leaving::Answered);
  Setup& setup = *call.setup;
  const std::string tag = tag_text(call.leg(Side::Caller).tag);
  const SessionTerms terms = answer_caller_session(context, call);
  const ResponseParts parts = session_parts(tag, terms, setup.answer);
  std::string bytes = build_response(context, setup.invite.request, setup.invite.flow, parts);
  if (bytes.empty()) return fail(context, call, {.reason = Reason::FarEndMalformed, .status = kBadGateway});
  context.metrics.answers[CallMetrics::index(call.record.direction)]->add();
  context.transactions.respond(setup.invite.id, 200, bytes);
  context.table.forget(setup.invite.id);
  call.ok = repeat_answer(context, setup.invite, std::move(bytes),
                          [&context, &call] { on_ack_missing(context, call); });
  if (!call.delayed_offer) leave_setup(call);
  enter(context, call, State::Confirming);
  if (context.log.enabled(log::Level::Debug))
    context.log.debug("calls.answered",
                      {{"call", call.record.call}, {"pdd_ms", call.record.pdd_ms.value_or(0)}});
  start_max_duration(context, call);
  charge_answered(context, call);
  record_by_policy(context, call);
}

void on_caller_ack(Context& context, Call& call, const sip::Message& ack) {
  if (!call.ok) return;
  call.ok.reset();
  if (call.state == State::Closing) return close_caller(context, call);
  Leg& callee = call.leg(Side::Callee);
  bool agreed = true;
  if (call.delayed_offer) {
    callee.ack_body = describe_late_answer(context, call, ack);
    agreed = !callee.ack_body.empty();
    note_description(call, Side::Callee, callee.ack_body);
    send_ack(context, callee);
    note_heard(call, Side::Caller, description_of(ack));
    leave_setup(call);
  }
  enter(context, call, State::Up);
  if (call.delayed_offer) persist(context, call);
  persist_when_settled(context, call);
  if (!agreed) hang_up(context, call, {Reason::SdpInvalid}, domain::ReleaseSide::Platform, Tell::Both);
}

}  // namespace warp::calls
