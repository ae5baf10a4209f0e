#include "lookup.h"

#include "warp/domain/number_lookup.h"
#include "warp/numbering/askable.h"

#include "ending.h"
#include "stages.h"

namespace warp::calls {

using domain::LookupAnswer;
using domain::LookupRequest;
using domain::LookupState;
using domain::Reason;

namespace {

// A name is nothing that a call should fail for.
constexpr auto kNeeded = static_cast<domain::Lookups>(~domain::kLookupCnam);

// What the policies of the trunks ask for: of who calls, but for the name, and of who is called.
LookupRequest request_of(const Call& call, const numbering::Table* places) {
  const Setup& setup = *call.setup;
  LookupRequest request;
  request.ani = call.record.ani_e164;
  request.dni = call.record.dni_e164;
  if (setup.source_trunk != nullptr)
    request.wanted = static_cast<domain::Lookups>(setup.source_trunk->lookups & kNeeded);
  if (setup.target_trunk != nullptr)
    request.wanted = static_cast<domain::Lookups>(request.wanted | setup.target_trunk->lookups);
  // An LRN that came with the call is a dip that somebody made already.
  if (!call.record.facts.read().lrn.empty())
    request.wanted &= static_cast<domain::Lookups>(~domain::kLookupDniLrn);
  if (setup.identity.withheld() || call.record.direction != domain::Direction::Inbound)
    request.wanted &= kNeeded;
  request.wanted = numbering::askable(request);
  if (places != nullptr) request.lata = places->place(request.ani).lata;
  return request;
}

bool refuses_without(const Setup& setup) {
  return (setup.source_trunk != nullptr && setup.source_trunk->refuse_without_lookup) ||
         (setup.target_trunk != nullptr && setup.target_trunk->refuse_without_lookup);
}

void show_name(Call& call, const std::string& name) {
  if (!name.empty() && call.record.direction == domain::Direction::Inbound &&
      !call.setup->identity.withheld())
    call.setup->identity.display = name;
}

// True: the call is over.
bool conclude(Context& context, Call& call, const LookupRequest& request, LookupAnswer answer) {
  const std::string& came = call.record.facts.read().lrn;
  if (!came.empty()) answer.dni_lrn = came;
  const auto places = context.places != nullptr ? context.places->current() : nullptr;
  if (places != nullptr || request.wanted != 0 || !came.empty())
    call.record.numbers.write() = numbering::resolve(places.get(), request, answer);
  if (answer.do_not_originate) {
    fail(context, call, {.reason = Reason::DoNotOriginate});
    return true;
  }
  const bool lacking = (request.wanted & kNeeded) != 0 &&
                       (answer.state == LookupState::Absent || answer.state == LookupState::Partial);
  if (lacking && refuses_without(*call.setup)) {
    fail(context, call, {.reason = Reason::LookupUnavailable});
    return true;
  }
  show_name(call, answer.cnam);
  return false;
}

// The call may have been cancelled meanwhile.
void on_answer(Context& context, std::uint64_t serial, const LookupRequest& request, LookupAnswer answer) {
  Call* call = context.table.find(serial);
  if (call == nullptr || call->state != State::Trying || !call->setup) return;
  if (call->setup->attempt.candidate != nullptr) return;
  if (!conclude(context, *call, request, std::move(answer))) decide_and_go(context, *call);
}

}  // namespace

bool hold_for_lookup(Context& context, Call& call) {
  const auto places = context.places != nullptr ? context.places->current() : nullptr;
  auto request = request_of(call, places.get());
  if (request.wanted == 0) return conclude(context, call, request, {});
  if (context.lookup == nullptr) {
    LookupAnswer off;
    off.note = "look-ups are off";
    return conclude(context, call, request, std::move(off));
  }
  auto answer = context.lookup->lookup(
      request, context.executor,
      [alive = std::weak_ptr(context.alive), &context, serial = call.serial, request](LookupAnswer late) {
        if (!alive.expired()) on_answer(context, serial, request, std::move(late));
      });
  return !answer || conclude(context, call, request, std::move(*answer));
}

}  // namespace warp::calls
