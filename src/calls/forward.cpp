#include "forward.h"

#include <memory>
#include <utility>

#include "attempts.h"
#include "channels.h"
#include "charge.h"
#include "ending.h"
#include "provider_load.h"
#include "record.h"
#include "registered.h"
#include "screening.h"
#include "setup/redirect.h"

namespace warp::calls {

using domain::Destination;
using domain::Reason;

namespace {

constexpr std::uint8_t kUnreachable = 1, kBusy = 2, kNoAnswer = 4;

std::uint8_t cause_of(const Failure& failure) {
  switch (failure.reason) {
    case Reason::CalleeBusy:
    case Reason::CalleeDeclined:
      return kBusy;
    case Reason::NoAnswer:
      return kNoAnswer;
    default:
      return kUnreachable;
  }
}

// What the candidates of the decision before were; pointers to them go with them.
void forget_targets(Setup& setup) {
  setup.aim = {};
  setup.named.reset();
  setup.redirects.reset();
  setup.next_candidate = 0;
  setup.question = 0;
  setup.tried = 0;
}

void drop_hold(Context& context, Call& call) {
  if (context.charging != nullptr && !call.hold.lease.is_nil()) context.charging->release(call.hold);
  call.hold = {};
  call.record.charge = {};
}

// Of the trunk that is rung now instead of the one before.
bool take_trunk(Context& context, Call& call, const domain::Trunk& trunk) {
  Setup& setup = *call.setup;
  if (setup.target_trunk == &trunk) return true;
  setup.target_trunk = &trunk;
  call.symmetric_rtp[static_cast<std::size_t>(Side::Callee)] = trunk.symmetric_rtp;
  call.source_channel.release();
  call.source_account.release();
  call.target_channel.release();
  call.target_account.release();
  return !take_limits(context, call);
}

// Who pays now: the caller of a call between customers, or the owner of the number, whose call it becomes.
void note_payer(Call& call) {
  const Setup& setup = *call.setup;
  const routing::Decision& decision = setup.decision;
  if (decision.customer == nullptr || decision.customer->id == call.record.customer) return;
  call.record.customer = decision.customer->id;
  call.record.trunk =
      decision.on_net && setup.source_trunk != nullptr ? setup.source_trunk->id : decision.trunk->id;
}

void note_forward(Call& call, const domain::Number& number, const Destination& destination) {
  domain::CallRecord& record = call.record;
  note_payer(call);
  const bool elsewhere = destination.kind == "number";
  record.dni_e164 = elsewhere ? destination.target : number.e164;
  if (elsewhere && record.facts->diverted_from.empty()) record.facts->diverted_from = number.e164;
  record.price = call.setup->decision.price;
  record.cost.reset();
  const auto* source = call.setup->source_provider;
  record.provider = source != nullptr ? source->id : ProviderId{};
}

// What `setup` was, to be put back when a destination turns out to be none. Candidates that others point to
// are in the same place again then.
struct Kept {
  routing::Decision decision;
  std::unique_ptr<Registered> registered;
  const domain::Trunk* trunk;
};

void put_back(Setup& setup, Kept kept) {
  setup.decision = std::move(kept.decision);
  setup.registered = std::move(kept.registered);
  setup.target_trunk = kept.trunk;
}

// The decision stands in the set-up; is there anything to try by it?
bool is_usable(Context& context, Call& call) {
  Setup& setup = *call.setup;
  const auto& candidates = setup.decision.candidates;
  const bool to_trunk = candidates.empty() || candidates.front().provider == nullptr;
  if (to_trunk && !take_trunk(context, call, *setup.decision.trunk)) return false;
  return !candidates.empty() || use_bindings(context, call) == Reason::NormalClearing;
}

// False: this one cannot be tried either, and nothing has changed.
bool use(Context& context, Call& call, const domain::Number& number, const Destination& destination,
         routing::Decision decision) {
  Setup& setup = *call.setup;
  const bool may_register = decision.reason == Reason::TrunkHasNoEndpoint && destination.kind != "uri";
  if (decision.trunk == nullptr || (decision.reason != Reason::NormalClearing && !may_register)) return false;
  Kept before{std::exchange(setup.decision, std::move(decision)), std::move(setup.registered),
              setup.target_trunk};
  if (!is_usable(context, call)) {
    put_back(setup, std::move(before));
    return false;
  }
  setup.decision.reason = Reason::NormalClearing;
  forget_targets(setup);
  drop_hold(context, call);
  note_forward(call, number, destination);
  call.ring_timeout = destination.ring.count() > 0 ? destination.ring : setup.decision.trunk->ring_timeout;
  note_decision(context, call);
  return true;
}

bool open_now(const Context& context, const Setup& setup, const Destination& destination) {
  return setup.snapshot->is_open(destination.schedule, context.clock.wall());
}

}  // namespace

bool prepare_destination(Context& context, Call& call, const Failure& failure) {
  Setup& setup = *call.setup;
  const domain::Number* number = setup.decision.number;
  if (number == nullptr || call.emergency) return false;
  const std::uint8_t cause = cause_of(failure);
  const auto quality = context.quality != nullptr ? context.quality->current() : nullptr;
  const ProviderLoad load(context.limits, *setup.snapshot);
  auto query = query_of(context, call, quality.get(), &load);
  query.dni = number->e164;
  std::uint8_t last = setup.decision.destination;
  for (const Destination& destination : number->destinations) {
    if (destination.position <= last) continue;
    last = destination.position;
    if ((destination.on & cause) == 0 || !open_now(context, setup, destination)) continue;
    if (use(context, call, *number, destination,
            routing::decide_destination(*setup.snapshot, query, destination)))
      return true;
  }
  return false;
}

bool next_destination(Context& context, Call& call, const Failure& failure) {
  Setup& setup = *call.setup;
  if (setup.decision.number == nullptr || setup.decision.number->destinations.empty()) return false;
  if (call.state != State::Trying && call.state != State::Ringing) return false;
  const bool runs = setup.attempt.candidate != nullptr;
  // A ring timeout: whoever else may be rung, this attempt is over.
  if (runs) {
    note_attempt(context, call, 0, failure.reason);
    drop_attempt(context, call, {failure.reason});
    setup.last_failure = failure;
  }
  if (!prepare_destination(context, call, failure)) return false;
  if (call.record.price && hold_for_charge(context, call)) return true;
  try_next(context, call);
  return true;
}

}  // namespace warp::calls
