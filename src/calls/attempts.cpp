#include "attempts.h"

#include <algorithm>
#include <utility>

#include "answering.h"
#include "challenges.h"
#include "ending.h"
#include "identity.h"
#include "media_setup.h"
#include "mediation.h"
#include "outgoing.h"
#include "registered.h"
#include "responses.h"

namespace warp::calls {

using domain::Reason;

namespace {

// The far end that tries a candidate said nothing, not even 100.
void on_no_reply(Context& context, Call& call) {
  on_attempt_failed(context, call, {0, Reason::FarEndTimeout});
}

// It rang long enough.
void on_no_answer(Context& context, Call& call) {
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
         far.remote.ip.v6 == setup.invite.flow.remote.ip.v6;
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
  if (candidate.endpoint->transport != domain::SipTransport::Udp) return Reason::FarEndUnreachable;
  const auto far = context.sender.flow_to(candidate.endpoint->address);
  if (!far) return Reason::FarEndUnreachable;
  flow = *far;
  call.provider_channel.release();
  if (candidate.provider == nullptr) return Reason::NormalClearing;
  auto granted = context.limits.take_provider(
      candidate.provider->id, {candidate.provider->cps, candidate.provider->channels}, context.clock.now());
  call.provider_channel = std::move(granted.token);
  return granted.refusal;
}

void describe_attempt(Context& context, Call& call, const routing::Candidate& candidate,
                      const sip::Flow& flow, std::string_view called) {
  Attempt& attempt = call.setup->attempt;
  Leg& leg = call.leg(Side::Callee);
  const std::string_view own = context.sender.sent_by(flow.listener);
  attempt.candidate = &candidate;
  attempt.flow = flow;
  attempt.started = context.clock.now();
  attempt.bypass = bypasses(*call.setup, candidate, flow);
  const auto high = context.ids.next64();
  const auto low = context.ids.next64();
  attempt.far_call_id = sip::make_call_id(context.shard, high, low, own.substr(0, own.rfind(':')));
  attempt.from_uri = sip_uri(call.setup->identity.user, own);
  attempt.to_uri = sip_uri(called, flow.remote.to_string());
  leg.tag = new_tag(context.ids);
  context.table.bind(leg.tag, {&call, Side::Callee});
  if (candidate.provider != nullptr) {
    call.record.provider = candidate.provider->id;
    call.symmetric_rtp[static_cast<std::size_t>(Side::Callee)] = candidate.provider->symmetric_rtp;
  }
  call.record.cost = candidate.cost;
  call.record.far_sip_call_id = attempt.far_call_id;
}

// The INVITE leaves. False when it could not: the next candidate's turn.
bool launch(Context& context, Call& call, std::string_view called, std::string_view body) {
  const Attempt& attempt = call.setup->attempt;
  context.metrics.far_attempts.add();
  if (!send_far_invite(context, call, called, body)) {
    note_attempt(context, call, 0, Reason::FarEndUnreachable);
    context.table.unbind(call.leg(Side::Callee).tag);
    call.setup->attempt = {};
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
bool start(Context& context, Call& call, const routing::Candidate& candidate) {
  sip::Flow flow;
  const Reason obstacle = reserve(context, call, candidate, flow);
  if (obstacle != Reason::NormalClearing) {
    note_skipped(call, candidate, obstacle);
    return false;
  }
  const std::string called = called_number(candidate, call.record.dni_e164);
  describe_attempt(context, call, candidate, flow, called);
  arm_credentials(call, candidate, flow);
  std::string body;
  const Reason media = describe_offer(context, call, body);
  if (media == Reason::MediaPortsExhausted || media == Reason::MediaUnsupported) {
    fail(context, call, {.reason = media});
    return true;
  }
  return launch(context, call, called, body);
}

// The caller gets what stopped the search, or AllRoutesFailed when every candidate was used up.
void give_up(Context& context, Call& call, const Failure& failure) {
  Refusal refusal;
  refusal.side = domain::ReleaseSide::Callee;
  refusal.q850 = failure.q850;
  if (tries_next(context.settings, failure)) {
    refusal.reason = Reason::AllRoutesFailed;
    if (failure.status == 0) refusal.side = domain::ReleaseSide::Platform;
  } else {
    refusal.reason = failure.reason;
    refusal.status = failure.status;
    refusal.disposition = disposition_of(failure.reason);
  }
  fail(context, call, refusal);
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

bool tries_next(const Settings& settings, const Failure& failure) {
  if (failure.status == 0 || failure.status == 401 || failure.status == 407) return true;
  if (failure.status >= 300 && failure.status < 400) return true;
  return std::find(settings.failover_statuses.begin(), settings.failover_statuses.end(), failure.status) !=
         settings.failover_statuses.end();
}

void try_next(Context& context, Call& call) {
  Setup& setup = *call.setup;
  while (setup.next_candidate < setup.decision.candidates.size()) {
    const routing::Candidate& candidate = setup.decision.candidates[setup.next_candidate++];
    if (start(context, call, candidate)) return;
  }
  give_up(context, call, setup.last_failure);
}

void on_provisional(Context& context, Call& call, const sip::Message& response) {
  Attempt& attempt = call.setup->attempt;
  context.wheel.cancel(attempt.no_reply);
  // 100 stays on its leg; 199 speaks of a fork that the caller does not see.
  if (response.status() == 100 || response.status() == 199) return;
  note_progress(context, call);
  if (!call.record.ringing_at) call.record.ringing_at = wall_at(call, context.clock.now());
  const std::string body = describe_early(context, call, response);
  const std::string tag = tag_text(call.leg(Side::Caller).tag);
  ResponseParts parts;
  parts.status = response.status();
  parts.to_tag = tag;
  parts.dialog = true;
  parts.content_type = "application/sdp";
  parts.body = body;
  respond(context, call.setup->invite, parts);
  enter(context, call, State::Ringing);
}

void on_attempt_failed(Context& context, Call& call, const Failure& failure) {
  Setup& setup = *call.setup;
  note_progress(context, call);
  note_attempt(context, call, failure.status, failure.reason);
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
    setup.attempt = {};
  }
  setup.last_failure = failure;
  if (context.log.enabled(log::Level::Debug))
    context.log.debug("calls.attempt_failed", {{"call", call.record.call},
                                               {"status", failure.status},
                                               {"reason", domain::to_string(failure.reason)}});
  if (!tries_next(context.settings, failure)) return give_up(context, call, failure);
  if (setup.next_candidate < setup.decision.candidates.size()) context.metrics.failovers.add();
  try_next(context, call);
}

}  // namespace warp::calls
