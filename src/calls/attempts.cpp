#include "attempts.h"

#include <utility>

#include "announce/ringback.h"
#include "answering.h"
#include "authenticity.h"
#include "capabilities.h"
#include "challenges.h"
#include "channels.h"
#include "ending.h"
#include "forward.h"
#include "identity.h"
#include "media_setup.h"
#include "mediation.h"
#include "outgoing.h"
#include "registered.h"
#include "responses.h"
#include "setup/forks.h"
#include "setup/provisional.h"
#include "setup/redirect.h"
#include "spiral.h"
#include "targets.h"
#include "transfer.h"

namespace warp::calls {

using domain::Reason;
using domain::TargetHealth;

namespace {

// The far end that tries a candidate said nothing, not even 100.
void on_no_reply(Context& context, Call& call) {
  on_attempt_failed(context, call, {0, Reason::FarEndTimeout});
}

// It rang long enough.
void on_no_answer(Context& context, Call& call) {
  if (next_destination(context, call, {0, Reason::NoAnswer})) return;
  fail(context, call, {.reason = Reason::NoAnswer, .disposition = domain::Disposition::NoAnswer});
}

domain::Disposition disposition_of(Reason reason) {
  if (reason == Reason::CalleeBusy) return domain::Disposition::Busy;
  if (reason == Reason::NoAnswer) return domain::Disposition::NoAnswer;
  return domain::Disposition::Failed;
}

bool bypasses(const Setup& setup, const routing::Candidate& candidate, const sip::Flow& far) {
  const auto caller =
      setup.source_trunk != nullptr ? setup.source_trunk->media_mode : setup.source_provider->media_mode;
  const auto callee =
      candidate.provider != nullptr ? candidate.provider->media_mode : setup.target_trunk->media_mode;
  return caller == domain::MediaMode::Bypass && callee == domain::MediaMode::Bypass &&
         far.remote.ip.v6 == setup.invite.flow.remote.ip.v6 &&
         (setup.identity.privacy & kPrivacySession) == 0;  // RFC 3323: media addresses are hidden, too
}

// A party that was referred by a call whose media were here does not lose that by it.
bool anchored_before(Context& context, const Call& call) {
  const Call* origin = call.transfer ? context.table.find(call.transfer->other) : nullptr;
  return origin != nullptr && origin->media;
}

std::string sip_uri(std::string_view user, std::string_view host) {
  std::string uri = "sip:";
  uri += user;
  uri += '@';
  uri += host;
  return uri;
}

void arm_timers(Context& context, Call& call) {
  Attempt& attempt = call.setup->attempt;
  const auto no_reply = attempt.candidate->provider != nullptr ? attempt.candidate->provider->attempt_timeout
                                                               : context.settings.trunk_attempt_timeout;
  if (no_reply > std::chrono::milliseconds::zero())
    attempt.no_reply = context.wheel.arm(no_reply, [&context, &call] {
      call.setup->attempt.no_reply = {};
      on_no_reply(context, call);
    });
  if (call.ring_timeout <= std::chrono::seconds::zero()) return;
  attempt.no_answer = context.wheel.arm(call.ring_timeout, [&context, &call] {
    call.setup->attempt.no_answer = {};
    on_no_answer(context, call);
  });
}

// Why a candidate cannot even be tried; NormalClearing when it can, and then the flow is set.
Reason reserve(Context& context, Call& call, const routing::Candidate& candidate, sip::Flow& flow) {
  if (const domain::Binding* binding = binding_of(*call.setup, &candidate)) {
    const auto known = flow_of(context, *binding);
    if (known) flow = *known;
    return known ? Reason::NormalClearing : Reason::FarEndUnreachable;
  }
  const auto far = context.sender.flow_towards(target_of(*call.setup));
  if (!far) return Reason::FarEndUnreachable;
  flow = *far;
  call.provider_channel.release();
  call.endpoint_channel.release();
  if (!admit_target(context, call) && !call.emergency) return Reason::TargetUnhealthy;
  if (call.emergency) return Reason::NormalClearing;
  const Reason refusal = take_far_limits(context, call, candidate, flow.remote);
  if (refusal != Reason::NormalClearing) report_target(context, call, TargetHealth::Outcome::Unused);
  return refusal;
}

// Both legs are seen as one by capture.
void join_capture(Context& context, const Call& call) {
  const Setup& setup = *call.setup;
  context.capture->joined({call.record.sip_call_id, policy_of(setup, Side::Caller).capture,
                           setup.attempt.far_call_id, policy_of(setup, Side::Callee).capture});
}

void describe_attempt(Context& context, Call& call, const routing::Candidate& candidate,
                      const sip::Flow& flow, std::string_view called) {
  Attempt& attempt = call.setup->attempt;
  Leg& leg = call.leg(Side::Callee);
  const std::string_view own = context.sender.sent_by(flow.listener);
  attempt.candidate = &candidate;
  attempt.flow = flow;
  note_way(context, call);
  attempt.started = context.clock.now();
  attempt.bypass = bypasses(*call.setup, candidate, flow) && !anchored_before(context, call);
  const auto high = context.ids.next64();
  const auto low = context.ids.next64();
  attempt.far_call_id = sip::make_call_id(context.shard, high, low, own.substr(0, own.rfind(':')));
  present_caller(call, candidate, own);
  attempt.to_uri = sip_uri(called, uri_host(*call.setup));
  choose_far_options(call);
  leg.tag = new_tag(context.ids);
  context.table.bind(leg.tag, {&call, Side::Callee});
  if (candidate.provider != nullptr) {
    call.record.provider = candidate.provider->id;
    call.symmetric_rtp[static_cast<std::size_t>(Side::Callee)] = candidate.provider->symmetric_rtp;
  }
  call.record.cost = candidate.cost;
  call.record.far_sip_call_id = attempt.far_call_id;
  call.record.facts->transport_out = domain::to_string(flow.transport);
  if (context.capture != nullptr) join_capture(context, call);
}

// Nothing of the attempt went out.
void leave_unsent(Context& context, Call& call, Reason reason) {
  note_attempt(context, call, 0, reason);
  context.table.unbind(call.leg(Side::Callee).tag);
  call.setup->attempt = {};
}

// The caller's offer and the policy of this candidate have nothing in common: another's may. What an earlier
// candidate answered says more.
bool leave_unmatched(Context& context, Call& call, Reason reason) {
  if (reason != Reason::MediaUnsupported) return false;
  report_target(context, call, TargetHealth::Outcome::Unused);
  leave_unsent(context, call, reason);
  Failure& last = call.setup->last_failure;
  if (last.status == 0 && last.reason == Reason::AllRoutesFailed) last = {0, reason};
  return true;
}

// The INVITE leaves. False when it could not: the next candidate's turn.
bool launch(Context& context, Call& call, std::string_view called, std::string_view body) {
  const Attempt& attempt = call.setup->attempt;
  context.metrics.far_attempts.add();
  if (!send_far_invite(context, call, called, body)) {
    report_target(context, call, TargetHealth::Outcome::Failed);
    leave_unsent(context, call, Reason::FarEndUnreachable);
    call.setup->last_failure = {0, Reason::FarEndUnreachable};
    return false;
  }
  arm_timers(context, call);
  if (context.log.enabled(log::Level::Debug))
    context.log.debug("calls.attempt", {{"call", call.record.call},
                                        {"address", attempt.flow.remote.to_string()},
                                        {"far_sip_call_id", call.record.far_sip_call_id}});
  return true;
}

// True when the attempt runs, or the whole call has ended.
bool start_at(Context& context, Call& call, const routing::Candidate& candidate, const sip::Flow& flow,
              std::string_view called) {
  describe_attempt(context, call, candidate, flow, called);
  arm_credentials(call, candidate, flow);
  std::string body;
  const Reason media = describe_offer(context, call, body);
  keep_ringing(context, call);
  if (media != Reason::NormalClearing) {
    if (leave_unmatched(context, call, media)) return false;
    fail(context, call, {.reason = media});
    return true;
  }
  if (hold_for_signature(context, call, called, body)) return true;
  return launch(context, call, called, body);
}

bool start(Context& context, Call& call, const routing::Candidate& candidate) {
  sip::Flow flow;
  const Reason obstacle = reserve(context, call, candidate, flow);
  if (obstacle != Reason::NormalClearing) {
    note_skipped(call, candidate, obstacle);
    call.record.attempts.back().address = aim_text(*call.setup);
    return false;
  }
  return start_at(context, call, candidate, flow, called_number(call, candidate));
}

// The provider's channel is held since its first attempt.
bool start_redirected(Context& context, Call& call, const RedirectTarget& target) {
  call.setup->attempt.redirected = target.host;
  return start_at(context, call, *target.candidate, target.flow, target.called);
}

// The caller gets what stopped the search, or AllRoutesFailed when every candidate was used up.
void give_up(Context& context, Call& call, const Failure& failure) {
  Refusal refusal;
  refusal.side = domain::ReleaseSide::Callee;
  refusal.q850 = failure.q850;
  if (failure.reason == Reason::MediaUnsupported) {
    refusal.reason = failure.reason;
    refusal.side = domain::ReleaseSide::Platform;
  } else if (tries_next(*call.setup, failure)) {
    refusal.reason = Reason::AllRoutesFailed;
    if (failure.status == 0) refusal.side = domain::ReleaseSide::Platform;
  } else {
    refusal.reason = failure.reason;
    refusal.status = failure.reason == Reason::RedirectRefused ? std::uint16_t{0} : failure.status;
    refusal.disposition = disposition_of(failure.reason);
  }
  fail(context, call, refusal);
}

// RFC 5009: between trusted sides.
std::string early_media_of(const Setup& setup, const sip::Message& response) {
  if (!policy_of(setup, Side::Callee).identity.trusted || !policy_of(setup, Side::Caller).identity.trusted)
    return {};
  return std::string(response.header(sip::HeaderId::PEarlyMedia));
}

Reason reason_of(std::uint16_t status) {
  switch (status) {
    case 486:
    case 600:
      return Reason::CalleeBusy;
    case 603:
      return Reason::CalleeDeclined;
    case 480:
      return Reason::NoAnswer;
    default:
      return Reason::FarEndRejected;
  }
}

}  // namespace

Failure failure_of(const sip::Message& response) {
  const auto said = q850_of(response);
  if (response.status() == 401 || response.status() == 407)
    return {response.status(), Reason::FarEndChallenged, said.value_or(q850_of_status(response.status()))};
  return {response.status(), reason_of(response.status()), said.value_or(q850_of_status(response.status()))};
}

bool tries_next(const Setup& setup, const Failure& failure) {
  if (failure.reason == Reason::RedirectRefused) return false;
  if (failure.status == 401 || failure.status == 407) return true;
  // What we required of that peer, another may have.
  if (failure.status == 420 || failure.status == 421) return true;
  if (failure.status >= 300 && failure.status < 400) return true;
  return fails_over(setup, failure.status);
}

void try_next(Context& context, Call& call) {
  RedirectTarget place;
  for (Pick pick; (pick = next_redirect(context, call, place)) != Pick::None;)
    if (pick == Pick::Waiting || start_redirected(context, call, place)) return;
  for (;;) {
    switch (next_target(context, call)) {
      case Pick::Waiting:
        return;
      case Pick::None:
        if (next_destination(context, call, call.setup->last_failure)) return;
        return give_up(context, call, call.setup->last_failure);
      case Pick::Taken:
        if (start(context, call, *call.setup->aim.candidate)) return;
    }
  }
}

void resume_attempt(Context& context, Call& call, std::string_view called, std::string_view body) {
  if (!launch(context, call, called, body)) try_next(context, call);
}

void on_provisional(Context& context, Call& call, const sip::Message& response, const sip::Flow& from) {
  Setup& setup = *call.setup;
  context.wheel.cancel(setup.attempt.no_reply);
  if (response.status() == 100) return;
  const Heard heard = hear(context, call, response, from);
  if (heard.ignored) return;
  note_progress(context, call);
  if (!call.record.ringing_at) call.record.ringing_at = wall_at(call, context.clock.now());
  Progress progress;
  progress.status = response.status();
  progress.body = describe_early(context, call, response, heard);
  progress.tag = call.leg(Side::Caller).tag;
  progress.offer = call.delayed_offer && !progress.body.empty();
  progress.early_media = early_media_of(setup, response);
  tell_progress(context, call, response.status(), progress.body);
  ring_back(context, call, progress);
  send_progress(context, call, std::move(progress), heard.reliable);
  if (call.state == State::Trying) enter(context, call, State::Ringing);
}

void on_rejected(Context& context, Call& call, const sip::Message& response) {
  if (retry_with_longer_session(context, call, response)) return;
  Failure failure = failure_of(response);
  if (failure.status < 400) note_redirect(context, call, response, failure);
  on_attempt_failed(context, call, failure);
}

void on_attempt_failed(Context& context, Call& call, const Failure& failure) {
  Setup& setup = *call.setup;
  note_progress(context, call);
  note_attempt(context, call, failure.status, failure.reason);
  report_target(
      context, call,
      fails_over(setup, failure.status) ? TargetHealth::Outcome::Failed : TargetHealth::Outcome::Answered);
  if (failure.status == 0) {
    // It may still be ringing there.
    drop_attempt(context, call, {failure.reason});
  } else {
    context.wheel.cancel(setup.attempt.no_reply);
    context.wheel.cancel(setup.attempt.no_answer);
    Leg& leg = call.leg(Side::Callee);
    context.table.forget(leg.invite);
    context.table.unbind(leg.tag);
    leg.invite = 0;
    forget_forks(context, call);
    setup.attempt = {};
  }
  setup.last_failure = failure;
  if (context.log.enabled(log::Level::Debug))
    context.log.debug("calls.attempt_failed", {{"call", call.record.call},
                                               {"status", failure.status},
                                               {"reason", domain::to_string(failure.reason)}});
  if (!call.emergency && !tries_next(setup, failure)) {
    if (next_destination(context, call, failure)) return;
    return give_up(context, call, failure);
  }
  const bool redirected = setup.redirects && !setup.redirects->next.empty();
  if (!redirected && (setup.named || setup.next_candidate < setup.decision.candidates.size()))
    context.metrics.failovers.add();
  try_next(context, call);
}

}  // namespace warp::calls
