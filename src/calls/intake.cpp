#include "intake.h"

#include <utility>

#include "authentication.h"
#include "challenges.h"
#include "channels.h"
#include "emergency.h"
#include "ending.h"
#include "front_door.h"
#include "record.h"
#include "responses.h"
#include "screening.h"
#include "session_timer.h"
#include "setup/provisional.h"
#include "spiral.h"
#include "stages.h"
#include "transfer/replacing.h"

namespace warp::calls {

using domain::Reason;

namespace {

void refuse_stranger(Context& context, sip::TransactionId id, const sip::Message& request,
                     const sip::Flow& from) {
  note_stranger(context, from);
  refuse(context, id, request, from, Reason::SourceUnknown);
}

Call& open_call(Context& context, Owed owed, std::shared_ptr<const routing::Snapshot> snapshot,
                const Sender& sender) {
  Call& call = context.table.add(std::make_unique<Call>());
  call.setup_at = context.clock.now();
  call.leg(Side::Caller).tag = new_tag(context.ids);
  for (Leg& leg : call.legs)
    leg.sdp.id = context.ids.next64() >> 8;

  domain::CallRecord& record = call.record;
  begin_record(context, call, owed);
  if (sender.credential != nullptr) {
    record.facts->credential = sender.credential->username;
    if (context.credential_calls != nullptr)
      call.credential_call =
          context.credential_calls->enter({sender.credential->id, record.call, record.setup_at});
  }

  context.table.expect(owed.id, {Purpose::CallerInvite, &call, Side::Caller});
  context.table.bind(call.leg(Side::Caller).tag, {&call, Side::Caller});
  call.setup.reset(new Setup{std::move(owed), std::move(snapshot), sender.trunk, sender.provider});
  if (sender.provider != nullptr) call.leg(Side::Caller).auth = far_auth(*sender.provider, nullptr);
  context.active.fetch_add(1, std::memory_order_relaxed);
  return call;
}

std::optional<Refusal> screen(Context& context, Call& call) {
  note_caller(call);
  if (auto refusal = check_message(call.setup->invite.request, call.leg(Side::Caller).options))
    return refusal;
  if (auto refusal = read_offer(call)) return refusal;
  if (call.emergency) return decide_emergency(context, call);
  if (auto refusal = check_first_interval(call)) return refusal;
  if (!context.records.writable()) return Refusal{.reason = Reason::JournalUnavailable};
  return take_limits(context, call);
}

}  // namespace

void take_invite(Context& context, sip::TransactionId id, const sip::Message& request,
                 const sip::Flow& from) {
  const auto cheaply = [&](Reason reason) {
    context.metrics.refused(reason);
    refuse(context, id, request, from, reason, 503);
  };
  auto snapshot = context.snapshots.current();
  if (!snapshot || context.admission.load(std::memory_order_relaxed) == Admission::Draining)
    return cheaply(Reason::NotReady);
  if (context.table.size() >= context.max_calls.load(std::memory_order_relaxed) &&
      !is_emergency(context.settings.emergency, request))
    return cheaply(Reason::Overloaded);
  const Authentication known = authenticate(context, *snapshot, request, from);
  switch (known.outcome) {
    case Authentication::Outcome::Admitted:
      break;
    case Authentication::Outcome::Challenge:
      return challenge(context, *snapshot, id, request, from, known.stale);
    case Authentication::Outcome::Refused:
      context.metrics.refused(known.reason);
      return refuse(context, id, request, from, known.reason);
    case Authentication::Outcome::Stranger:
      return refuse_stranger(context, id, request, from);
  }
  if (replaces(request)) return take_replacing(context, id, request, from, known.sender);
  auto owed = owe(id, request, from);
  if (!owed) return refuse(context, id, request, from, Reason::MessageMalformed);

  Call& call = open_call(context, std::move(*owed), std::move(snapshot), known.sender);
  auto refusal = choose_kind(context, call);
  if (auto loop = check_loop(context, call)) refusal = std::move(loop);
  if (auto spiral = check_spiral(context, call)) refusal = std::move(spiral);
  // The direction is known only now: counted even when it is refused the moment after.
  count_call(context, call);
  if (!refusal) refusal = screen(context, call);
  if (refusal) return fail(context, call, *refusal);
  if (call.emergency) return verify_and_go(context, call);
  look_up_and_go(context, call);
}

}  // namespace warp::calls
