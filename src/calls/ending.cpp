#include "ending.h"

#include <utility>

#include "announce/announcing.h"
#include "announce/recording.h"
#include "announce/refusal.h"
#include "channels.h"
#include "fax/switching.h"
#include "outgoing.h"
#include "responses.h"
#include "setup/early.h"
#include "status.h"
#include "survival.h"
#include "targets.h"
#include "transfer.h"
#include "transfer/handover.h"
#include "transfer/replacing.h"
#include "update.h"

namespace warp::calls {

namespace {

// What was being carried through when the call ended: the askers are told, the answers not awaited, and what
// nobody answered is not sent again: its dialog is over, and the address may be another's by then.
void settle_carried(Context& context, Call& call) {
  for (const Leg& leg : call.legs)
    context.transactions.silence(leg.invite);
  if (call.reinvite) {
    Reinvite& reinvite = *call.reinvite;
    reinvite.ok.reset();
    if (!reinvite.answered) {
      respond(context, reinvite.asked, {.status = kRequestTerminated});
      if (reinvite.sent != 0) context.transactions.abandon(reinvite.sent);
    }
    context.table.forget(reinvite.sent);
    context.table.forget(reinvite.asked.id);
    call.reinvite.reset();
  }
  settle_update(context, call);
  settle_replacing(context, call);
  if (offers_fax(call)) context.transactions.abandon(call.fax->sent);
  for (const Relay& relay : call.relays) {
    respond(context, relay.asked, {.status = kRequestTerminated});
    context.transactions.abandon(relay.sent);
    context.transactions.silence(relay.sent);
    context.table.forget(relay.sent);
  }
  call.relays.clear();
}

// Media, timers and channels: what a call must not hold a moment longer than it lives.
void free_resources(Context& context, Call& call) {
  context.wheel.cancel(call.max_duration_timer);
  context.wheel.cancel(call.charge_timer);
  context.wheel.cancel(call.settle_timer);
  stop_session_timers(context, call);
  stop_announcements(context, call);
  drop_fax(context, call);
  settle_probes(context, call);
  end_recording(context, call, domain::RecordingStop::CallEnded);
  call.media.reset();
  release_channels(call);
}

Cause cause_of(const Refusal& refusal) {
  return {refusal.reason, refusal.q850};
}

Verdict verdict_of(const Refusal& refusal, std::uint16_t status) {
  return {refusal.reason, refusal.disposition, refusal.side, status, refusal.q850};
}

}  // namespace

void enter(Context& context, Call& call, State state) {
  if (call.state == state) return;
  if (!may_follow(call.state, state))
    context.log.error("calls.state_defect", {{"call", call.record.call},
                                             {"from", static_cast<unsigned>(call.state)},
                                             {"to", static_cast<unsigned>(state)}});
  call.state = state;
}

void drop_attempt(Context& context, Call& call, const Cause& cause) {
  Attempt& attempt = call.setup->attempt;
  if (attempt.candidate == nullptr) return;
  report_dropped(context, call);
  context.wheel.cancel(attempt.no_reply);
  context.wheel.cancel(attempt.no_answer);
  Leg& leg = call.leg(Side::Callee);
  forget_forks(context, call);
  if (leg.invite != 0) {  // 0: it waits for its signature, and never left
    context.transactions.cancel(leg.invite, reason_value(cause));
    context.transactions.silence(leg.invite);
    context.table.expect(leg.invite, {.purpose = Purpose::AbandonedInvite, .reason = cause.reason});
  }
  context.table.unbind(leg.tag);
  leg.invite = 0;
  leg.tag = 0;
  attempt = {};
}

void fail(Context& context, Call& call, const Refusal& refusal) {
  if (announce_refusal(context, call, refusal)) return;
  if (call.state == State::Answering) {
    send_bye(context, call.leg(Side::Callee), Side::Callee, cause_of(refusal));
    // Answered there, never here: nobody is charged for it.
    call.record.answered_at.reset();
  } else if (call.setup->attempt.candidate != nullptr) {
    note_attempt(context, call, 0, refusal.reason);
    drop_attempt(context, call, cause_of(refusal));
  }
  settle_update(context, call);
  leave_early(context, call, Leaving::Failed);
  const std::uint16_t status = refusal.status != 0 ? refusal.status : domain::info(refusal.reason).sip_status;
  const std::string tag = tag_text(call.leg(Side::Caller).tag);
  ResponseParts parts;
  parts.status = status;
  parts.to_tag = tag;
  parts.cause = cause_of(refusal);
  parts.capabilities = status == 406 || status == 415 || status == 488;
  parts.extra = refusal.extra;
  parts.extra_value = refusal.extra_value;
  if (status == 503) parts.retry_after = static_cast<std::uint64_t>(context.settings.retry_after.count());
  respond(context, call.setup->invite, parts);
  tell_failure(context, call, status);
  write_record(context, call, verdict_of(refusal, status));
  release(context, call);
}

void fail_cancelled(Context& context, Call& call, const sip::Message& request) {
  if (cancel_refusal(context, call)) return;
  fail(context, call,
       {.reason = domain::Reason::CallerCancelled,
        .status = kRequestTerminated,
        .q850 = q850_of(request).value_or(0),
        .disposition = domain::Disposition::Cancelled,
        .side = domain::ReleaseSide::Caller});
}

void hang_up(Context& context, Call& call, const Cause& cause, domain::ReleaseSide side, Tell tell) {
  settle_carried(context, call);
  if (tell == Tell::Both || tell == Tell::Callee)
    send_bye(context, call.leg(Side::Callee), Side::Callee, cause);
  const Verdict verdict{cause.reason, domain::Disposition::Answered, side, 200, cause.q850};
  const bool tell_caller = tell == Tell::Both || tell == Tell::Caller;
  if (tell_caller && call.state == State::Confirming && call.ok) {
    // RFC 3261 §15: no BYE to a caller whose ACK has not come.
    write_record(context, call, verdict);
    free_resources(context, call);
    call.record.reason = cause.reason;
    call.record.q850 = cause.q850_or_default();
    return enter(context, call, State::Closing);
  }
  if (tell_caller) send_bye(context, call.leg(Side::Caller), Side::Caller, cause);
  write_record(context, call, verdict);
  release(context, call);
}

void close_caller(Context& context, Call& call) {
  send_bye(context, call.leg(Side::Caller), Side::Caller, {call.record.reason, call.record.q850});
  release(context, call);
}

void terminate(Context& context, Call& call, domain::Reason reason) {
  switch (call.state) {
    case State::Trying:
    case State::Ringing:
    case State::Answering:
      return fail(context, call,
                  {.reason = reason,
                   .status = domain::info(reason).sip_status != 0 ? std::uint16_t{0} : kUnavailable});
    case State::Confirming:
      // Nobody will be here to see the ACK.
      if (reason == domain::Reason::DaemonStopping) call.ok.reset();
      return hang_up(context, call, {reason}, domain::ReleaseSide::Platform, Tell::Both);
    case State::Up:
      return hang_up(context, call, {reason}, domain::ReleaseSide::Platform, Tell::Both);
    case State::Closing:
      return close_caller(context, call);
    case State::Ended:
      return;
  }
}

void release(Context& context, Call& call) {
  if (call.setup) {
    context.wheel.cancel(call.setup->attempt.no_reply);
    context.wheel.cancel(call.setup->attempt.no_answer);
  }
  call.ok.reset();
  free_resources(context, call);
  enter(context, call, State::Ended);
  context.table.remove(call);
  release_tags(context, call);
  part_transfer(context, call);
}

}  // namespace warp::calls
