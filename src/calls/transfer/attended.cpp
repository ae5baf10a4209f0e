#include "transfer/attended.h"

#include <algorithm>
#include <array>
#include <utility>

#include "announce/hold_music.h"
#include "announce/recording.h"
#include "ending.h"
#include "media_setup.h"
#include "mediation.h"
#include "multipart.h"
#include "negotiation/exchange.h"
#include "outgoing.h"
#include "responses.h"
#include "session_timer.h"
#include "status.h"
#include "survival.h"
#include "transfer.h"
#include "transfer/handover.h"
#include "transfer/replacing.h"
#include "transfer/talk.h"

namespace warp::calls {

using domain::Reason;
using Step = Joining::Step;

namespace {

domain::ReleaseSide platform() {
  return domain::ReleaseSide::Platform;
}
Tell tell_of(Side side) {
  return side == Side::Caller ? Tell::Caller : Tell::Callee;
}

struct Refused {
  Reason reason;
  std::uint16_t status;
};

bool says_something(const Leg& leg) {
  return leg.heard && !leg.heard->empty();
}

// Can the one that stays in the first call sit where the transferor sits in the second?
bool fits(const Call& first, Side stays, const Call& second, Side held) {
  const Leg& leg = first.leg(stays);
  const auto heard = sdp::parse(*leg.heard);
  if (!heard) return false;
  const bool v6 = uses_v6(*heard, leg.dialog->flow().local.ip.v6);
  if (second.media) return v6 == second.media_v6[static_cast<std::size_t>(held)];
  // Media that go around us on one side only would show what the other has hidden.
  const auto theirs = sdp::parse(*second.leg(other(held)).heard);
  return !first.media && theirs && uses_v6(*theirs, v6) == v6;
}

std::optional<Refused> examine(const Context& context, const Call& first, Side from, const Call& second,
                               Side held) {
  if (&first == &second || !same_owner(context, first.leg(from).party, second.leg(held).party))
    return Refused{Reason::TransferRefused, kForbidden};
  if (busy(first) || busy(second)) return Refused{Reason::RequestPending, kRequestPending};
  if (!says_something(first.leg(other(from))) || !says_something(second.leg(other(held))))
    return Refused{Reason::TransferRefused, kForbidden};
  if (!fits(first, other(from), second, held)) return Refused{Reason::MediaUnsupported, kNotAcceptable};
  return std::nullopt;
}

// Both calls are themselves again. Whose transferor has left meanwhile ends.
void untie(Context& context, Call& call) {
  if (!call.transfer) return;
  const Side from = call.transfer->from;
  call.transfer.reset();
  if (!call.leg(from).dialog) hang_up(context, call, {Reason::Transferred}, platform(), tell_of(other(from)));
}

bool ask(Context& context, Call& call, Side side, Joining& joining, std::string offer) {
  joining.offer = std::move(offer);
  joining.sent = joining.offer.empty() ? 0 : send_offer(context, call, side, joining.offer);
  return joining.sent != 0;
}

// The transferor hears that it failed; the second call is as it was.
void tell_failed(Context& context, Call& first, std::uint16_t status) {
  Call* second = tied(context, first);
  first.transfer->other = 0;
  notify(context, first, first.transfer->from, std::max<std::uint16_t>(status, 400));
  if (second != nullptr) untie(context, *second);
}

// The party of the first call has accepted what is not to be.
void restore(Context& context, Call& first) {
  Joining& joining = *first.transfer->joining;
  const Side from = first.transfer->from, stays = other(from);
  joining.step = Step::Restore;
  if (!first.leg(from).dialog) return untie(context, first);
  const Leg& transferor = first.leg(from);
  std::string offer =
      says_something(transferor)
          ? carried_description(context, first, from, *transferor.heard, joining.answer, first.leg(stays))
          : std::string();
  if (ask(context, first, stays, joining, std::move(offer))) return;
  first.transfer.reset();
  hang_up(context, first, {Reason::FarEndUnreachable}, platform(), Tell::Both);
}

void begin(Context& context, Call& first, Side from, Call& second, Side held) {
  context.metrics.transfers.add();
  first.transfer = std::make_unique<Transfer>(Transfer{second.serial, from, false});
  second.transfer = std::make_unique<Transfer>(Transfer{first.serial, held, true});
  first.transfer->attended = second.transfer->attended = true;
  first.transfer->joining = std::make_unique<Joining>();
  notify(context, first, from, 100);
  Leg& stays = first.leg(other(from));
  std::string offer = carried_description(context, second, other(held),
                                          fresh_offer(*second.leg(other(held)).heard), *stays.heard, stays);
  if (ask(context, first, other(from), *first.transfer->joining, std::move(offer))) return;
  tell_failed(context, first, kUnavailable);
  untie(context, first);
}

// The first party's answer, as an offer, to the second.
void ask_second(Context& context, Call& first, Call& second, std::string answer) {
  Joining& joining = *first.transfer->joining;
  joining.answer = std::move(answer);
  joining.step = Step::Second;
  const Side held = second.transfer->from;
  Leg& stays = second.leg(other(held));
  std::string offer =
      carried_description(context, second, held, fresh_offer(joining.answer), *stays.heard, stays);
  if (ask(context, second, other(held), joining, std::move(offer))) return;
  tell_failed(context, first, kUnavailable);
  restore(context, first);
}

// The first party's dialog takes the transferor's place; who pays stays who it was.
void move_leg(Context& context, Call& first, Side side, Call& second, Side held) {
  Leg& leg = first.leg(side);
  Leg& place = second.leg(held);
  const Party payer = place.party;
  const bool timed = leg.timer != nullptr;
  if (timed) context.wheel.cancel(leg.timer->due);
  context.table.forget(place.invite);
  place = std::move(leg);
  leg = Leg{};
  place.party = payer;
  context.table.bind(place.tag, {&second, held});
  context.table.expect(place.invite, {Purpose::Merge, &second, held, place.tag});
  if (timed) arm_session_timer(context, second, held);
}

const std::string& number_of(const Call& call, Side side) {
  return side == Side::Callee ? call.record.dni_e164 : call.record.ani_e164;
}

void note_facts(Call& first, Side from, Call& second, Side held) {
  first.record.facts->transferred_to = number_of(second, other(held));
  second.record.facts->transferred_to = number_of(first, other(from));
  first.record.facts->joined_with = second.record.call.value.to_string();
  second.record.facts->joined_with = first.record.call.value.to_string();
}

void join(Context& context, Call& first, Call& second, const std::string& answer) {
  const Side from = first.transfer->from, held = second.transfer->from;
  const auto offered = sdp::parse(first.transfer->joining->answer);
  const auto answered = sdp::parse(answer);
  note_facts(first, from, second, held);
  notify(context, first, from, 200);
  dismiss(context, first, from);
  dismiss(context, second, held);
  note_media(first);
  end_recording(context, first, domain::RecordingStop::CallEnded);
  first.media.reset();
  context.wheel.cancel(first.settle_timer);
  context.wheel.cancel(second.settle_timer);
  move_leg(context, first, other(from), second, held);
  if (second.media && offered && answered) {
    end_music(second);
    std::array<const sdp::Session*, 2> answers{&*offered, &*answered};
    if (held == Side::Callee) std::swap(answers[0], answers[1]);
    if (connect_answers(context, second, answers)) {
      const std::string codec = codec_of(*answered);
      note_codecs(second, {codec, codec});
    }
  }
  note_heard(second, held, first.transfer->joining->answer);
  note_heard(second, other(held), answer);
  first.transfer->joining.reset();
  first.transfer->joined = second.transfer->joined = true;
  persist(context, second);
  persist(context, first);
  persist_when_settled(context, second);
}

void accepted(Context& context, Call& first, const std::string& answer) {
  Joining& joining = *first.transfer->joining;
  Call* second = tied(context, first);
  const bool usable = !answer.empty() && sdp::parse(answer).has_value();
  switch (joining.step) {
    case Step::First:
      if (second != nullptr && usable) return ask_second(context, first, *second, answer);
      if (second != nullptr) tell_failed(context, first, kNotAcceptable);
      joining.answer = joining.offer;
      return restore(context, first);
    case Step::Second:
      if (second == nullptr) return;
      if (usable) return join(context, first, *second, answer);
      tell_failed(context, first, kNotAcceptable);
      return restore(context, first);
    case Step::Restore:
      return untie(context, first);
  }
}

void rejected(Context& context, Call& first, Call& asked, std::uint16_t status) {
  const bool dead = status == kTimedOut || status == kUnknownDialog;
  switch (first.transfer->joining->step) {
    case Step::First:
      if (tied(context, first) != nullptr) tell_failed(context, first, status);
      untie(context, first);
      break;
    case Step::Second:
      tell_failed(context, first, status);
      restore(context, first);
      break;
    case Step::Restore:
      first.transfer.reset();
      return hang_up(context, first, {Reason::FarEndRejected}, platform(), Tell::Both);
  }
  if (dead && asked.state == State::Up)
    hang_up(context, asked, {Reason::FarEndTimeout}, platform(), Tell::Both);
}

// A REFER as it came.
struct AskedTransfer {
  sip::TransactionId id;
  const sip::Message& request;
  const sip::Flow& from;
};

void turn_down(Context& context, const AskedTransfer& asked, const Refused& refused) {
  refuse(context, asked.id, asked.request, asked.from, refused.reason, refused.status);
}

void attend(Context& context, Call& call, Side side, const AskedTransfer& asked, const LegRef& named) {
  if (named.call == nullptr) return turn_down(context, asked, {Reason::TransferRefused, kForbidden});
  if (const auto refused = examine(context, call, side, *named.call, named.side))
    return turn_down(context, asked, *refused);
  respond(context, asked.id, asked.request, asked.from, {.status = kAccepted, .dialog = true});
  begin(context, call, side, *named.call, named.side);
}

// The call that keeps the transfer, when `id` is the re-INVITE that it waits for (by the leg: one that was
// challenged goes on under another id).
Call* waiting_first(Context& context, Call& call, Side side, sip::TransactionId id) {
  if (!call.transfer || call.leg(side).invite != id) return nullptr;
  Call* first = call.transfer->joining ? &call : tied(context, call);
  if (first == nullptr || !first->transfer || !first->transfer->joining) return nullptr;
  const Joining& joining = *first->transfer->joining;
  const bool asked = (first == &call) == (joining.step != Step::Second);
  return asked && joining.sent != 0 ? first : nullptr;
}

}  // namespace

void refer_attended(Context& context, Call& call, Side side, sip::TransactionId id,
                    const sip::Message& request, const sip::Flow& from, const DialogName& name) {
  const LegRef named = find_dialog(context, name);
  if (named.call == nullptr && fetch(context, call, side, id, request, from, name)) return;
  attend(context, call, side, {id, request, from}, named);
}

void refer_fetched(Context& context, Call* call, Side side, const Owed& refer, const DialogName& name,
                   bool available) {
  const AskedTransfer asked{refer.id, refer.request, refer.flow};
  if (call == nullptr || !call->leg(side).dialog || !available)
    return turn_down(context, asked, {Reason::RequestPending, kRequestPending});
  attend(context, *call, side, asked, find_dialog(context, name));
}

void on_merge_response(Context& context, Call& call, Side side, sip::TransactionId id,
                       const sip::Message& response) {
  const std::uint16_t status = response.status();
  if (status < 200) return;
  if (call.replacing) return on_replacing_response(context, call, side, id, response);
  Leg& leg = call.leg(side);
  Call* first = waiting_first(context, call, side, id);
  const bool own = leg.invite == id && leg.acked && leg.dialog;
  if (status >= 300) {
    context.table.forget(id);
    if (first == nullptr) return;
    first->transfer->joining->sent = 0;
    return rejected(context, *first, call, status);
  }
  if (own) send_ack(context, leg);
  if (first == nullptr || !own) return;
  first->transfer->joining->sent = 0;
  leg.dialog->refresh_target(response);
  note_description(call, side, first->transfer->joining->offer);
  settle_session(context, call, side, response, leg.timer ? leg.timer->interval : std::chrono::seconds{0});
  accepted(context, *first, std::string(description_of(response)));
}

void on_merge_failed(Context& context, Call& call, Side side, sip::TransactionId id) {
  context.table.forget(id);
  if (call.replacing) return on_replacing_failed(context, call, side, id);
  Call* first = waiting_first(context, call, side, id);
  if (first == nullptr) return;
  first->transfer->joining->sent = 0;
  rejected(context, *first, call, kTimedOut);
}

void part_attended(Context& context, Call& left, const Transfer& gone) {
  if (gone.joining) return untie(context, left);
  // The second call ended: what the party of the first is asked runs on, and is taken back.
  const bool asked_second = left.transfer->joining->step == Step::Second;
  left.transfer->other = 0;
  notify(context, left, left.transfer->from, kGone);
  if (asked_second) return restore(context, left);
}

}  // namespace warp::calls
