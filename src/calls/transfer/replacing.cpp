#include "transfer/replacing.h"

#include <algorithm>
#include <string>
#include <utility>

#include "warp/sip/message/uri.h"

#include "capabilities.h"
#include "ending.h"
#include "mediation.h"
#include "multipart.h"
#include "negotiation/exchange.h"
#include "outgoing.h"
#include "responses.h"
#include "screening.h"
#include "session_timer.h"
#include "status.h"
#include "survival.h"
#include "transfer.h"
#include "transfer/handover.h"
#include "transfer/replaces.h"
#include "transfer/talk.h"
#include "update.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::uint16_t kBusyHere = 486;

// An INVITE as it came, while it is looked at.
struct AskedReplacement {
  sip::TransactionId id;
  const sip::Message& request;
  const sip::Flow& from;
  const Sender& sender;
};

void turn_down(Context& context, const AskedReplacement& asked, Reason reason, std::uint16_t status) {
  context.metrics.refused(reason);
  refuse(context, asked.id, asked.request, asked.from, reason, status);
}

std::size_t count(const sip::Message& message, sip::HeaderId id) {
  const auto headers = message.headers();
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(), [id](const sip::Header& h) { return h.id == id; }));
}

const domain::SipPolicy& policy_of(const Sender& sender) {
  return sender.trunk != nullptr ? sender.trunk->sip : sender.provider->sip;
}

// What is wrong with the request by itself; true: it was refused.
bool refuse_unfit(Context& context, const AskedReplacement& asked) {
  const auto refusal = check_message(asked.request, options_of(policy_of(asked.sender)));
  if (!refusal) return false;
  context.metrics.refused(refusal->reason);
  respond(context, asked.id, asked.request, asked.from,
          {.status = refusal->status != 0 ? refusal->status : domain::info(refusal->reason).sip_status,
           .cause = Cause{refusal->reason},
           .extra = refusal->extra,
           .extra_value = refusal->extra_value});
  return true;
}

// The offer as the side that stays shall get it; empty: it cannot be carried.
std::string carried_offer(Context& context, Call& call, Side side, Replacing& replacing) {
  const std::string said(description_of(replacing.asked.request));
  auto offer = sdp::parse(said);
  if (!offer || offer->media.empty()) return {};
  const bool v6 = uses_v6(*offer, replacing.asked.flow.local.ip.v6);
  if (call.media && v6 != call.media_v6[static_cast<std::size_t>(side)]) return {};
  Leg& stays = call.leg(other(side));
  const std::string known = stays.heard ? *stays.heard : std::string();
  replacing.offer = std::move(*offer);
  return carried_description(context, call, side, said, known, stays);
}

void ask(Context& context, Call& call, Side side, const AskedReplacement& asked) {
  auto owed = owe(asked.id, asked.request, asked.from);
  if (!owed) return turn_down(context, asked, Reason::MessageMalformed, kBadRequest);
  auto replacing = std::unique_ptr<Replacing>(
      new Replacing{side, std::move(*owed), Party::of(asked.sender.trunk, asked.sender.provider)});
  replacing->carried = carried_offer(context, call, side, *replacing);
  if (replacing->carried.empty()) return turn_down(context, asked, Reason::MediaUnsupported, kNotAcceptable);
  replacing->sent = send_offer(context, call, other(side), replacing->carried);
  if (replacing->sent == 0) return turn_down(context, asked, Reason::FarEndUnreachable, kUnavailable);
  context.table.expect(asked.id, {Purpose::AskedReplacing, &call, side});
  call.replacing = std::move(replacing);
}

void on_replacement_unacked(Context& context, Call& call) {
  call.replacing->ok.reset();
  hang_up(context, call, {Reason::AckMissing}, domain::ReleaseSide::Platform, Tell::Both);
}

// The leg that was there goes, the new one stands in its place; what pays for it stays.
Leg& put_in_place(Context& context, Call& call, Side side, const Replacing& replacing) {
  const sip::Message& invite = replacing.asked.request;
  const sip::Flow& flow = replacing.asked.flow;
  dismiss(context, call, side);
  Leg& leg = call.leg(side);
  context.table.forget(leg.invite);
  const bool keeps_heard = leg.heard != nullptr;
  leg = Leg{};
  leg.tag = new_tag(context.ids);
  leg.sdp.id = context.ids.next64() >> 8;
  leg.dialog = sip::Dialog::as_uas(invite, tag_text(leg.tag), contact_of(context, flow), flow);
  leg.acked = true;
  leg.party = replacing.party;
  const PolicyView policy(context.snapshots, leg.party);
  leg.options = options_of(*policy);
  note_allowed(leg, invite);
  if (keeps_heard) leg.heard = std::make_unique<std::string>(description_of(invite));
  context.table.bind(leg.tag, {&call, side});
  return leg;
}

void note_new_party(Call& call, const sip::Message& invite) {
  const auto uri = sip::Uri::parse(invite.from().uri);
  if (!uri) return;
  std::string number = uri->telephone().value_or(std::string());
  if (number.starts_with('+')) number.erase(0, 1);
  if (!number.empty()) call.record.facts->transferred_to = std::move(number);
}

// The side that stays has accepted with what is no answer.
void refuse_answered(Context& context, Call& call) {
  respond(context, call.replacing->asked, {.status = kBadGateway, .cause = Cause{Reason::FarEndMalformed}});
  context.table.forget(call.replacing->asked.id);
  call.replacing.reset();
  hang_up(context, call, {Reason::FarEndMalformed}, domain::ReleaseSide::Platform, Tell::Both);
}

// The side that stays has accepted: its answer makes the 200.
void accept_replacement(Context& context, Call& call, const sip::Message& response) {
  Replacing& replacing = *call.replacing;
  const Side side = replacing.side;
  const std::string said(description_of(response));
  const auto answer = sdp::parse(said);
  if (!answer || answer->media.empty()) return refuse_answered(context, call);
  // The lines of the leg that was there are no business of the new one.
  const std::size_t lines = std::min(answer->media.size(), replacing.offer->media.size());
  sdp::Session shown = *answer;
  shown.media.resize(lines);
  Leg& leg = put_in_place(context, call, side, replacing);
  std::string body;
  if (call.media) {
    CarriedAnswer carried = carry_answer(context, call, side, *replacing.offer, std::move(shown));
    note_codecs(call, carried.codecs);
    body = std::move(carried.body);
  } else {
    sdp::write(shown, body);
  }
  if (body.empty()) return refuse_answered(context, call);
  note_heard(call, other(side), said);
  note_new_party(call, replacing.asked.request);
  const SessionTerms terms = renewed_session(context, call, side, replacing.asked.request);
  note_description(call, side, body);
  const std::string tag = tag_text(leg.tag);
  const std::string_view supported = supported_options(leg.options);
  ResponseParts parts = session_parts(tag, terms, body);
  if (!supported.empty()) {
    parts.extra = sip::HeaderId::Supported;
    parts.extra_value = supported;
  }
  replacing.answered = true;
  replacing.ok = accept_invite(context, replacing.asked, parts,
                               [&context, &call] { on_replacement_unacked(context, call); });
  context.metrics.transfers.add();
  persist(context, call);
}

// The call is as it was, unless the side that stays says that it has none.
void reject_replacement(Context& context, Call& call, std::uint16_t status, const Cause& cause) {
  const bool challenged = status == 401 || status == 407;
  const bool dead = status == kTimedOut || status == kUnknownDialog;
  // 481 to the asker would say that its Replaces named nothing.
  const std::uint16_t told = challenged || dead ? kUnavailable : status;
  respond(context, call.replacing->asked, {.status = told, .cause = cause});
  context.table.forget(call.replacing->asked.id);
  call.replacing.reset();
  if (dead) hang_up(context, call, {Reason::FarEndTimeout}, domain::ReleaseSide::Platform, Tell::Both);
}

void replace(Context& context, const AskedReplacement& asked, const DialogName& name, const LegRef& found) {
  const Party party = Party::of(asked.sender.trunk, asked.sender.provider);
  // A dialog of somebody else's is none.
  if (found.call == nullptr || !same_owner(context, party, found.call->leg(found.side).party))
    return turn_down(context, asked, Reason::DialogUnknown, kUnknownDialog);
  if (name.early_only) return turn_down(context, asked, Reason::CalleeBusy, kBusyHere);
  if (busy(*found.call)) return turn_down(context, asked, Reason::RequestPending, kRequestPending);
  ask(context, *found.call, found.side, asked);
}

Sender sender_of(const routing::Snapshot& snapshot, const Party& party) {
  switch (party.kind) {
    case Party::Kind::Unknown:
      return {};
    case Party::Kind::Trunk:
      return {snapshot.trunk(TrunkId{party.id})};
    case Party::Kind::Provider:
      return {nullptr, snapshot.provider(ProviderId{party.id})};
  }
  return {};
}

bool waits(const Call& call, Side side, sip::TransactionId id) {
  return !call.replacing->answered && side == other(call.replacing->side) && call.leg(side).invite == id;
}

}  // namespace

bool replaces(const sip::Message& invite) {
  return invite.has(sip::HeaderId::Replaces);
}

void take_replacing(Context& context, sip::TransactionId id, const sip::Message& request,
                    const sip::Flow& from, const Sender& sender) {
  const AskedReplacement asked{id, request, from, sender};
  if (policy_of(sender).session.transfer != domain::TransferPolicy::Execute)
    return turn_down(context, asked, Reason::TransferRefused, kForbidden);
  const auto name = parse_replaces(request.header(sip::HeaderId::Replaces));
  if (!name || count(request, sip::HeaderId::Replaces) != 1 || !request.header("Join").empty())
    return turn_down(context, asked, Reason::MessageMalformed, kBadRequest);
  if (refuse_unfit(context, asked)) return;
  const LegRef found = find_dialog(context, *name);
  const Party party = Party::of(sender.trunk, sender.provider);
  if (found.call == nullptr && fetch(context, party, id, request, from, *name)) return;
  replace(context, asked, *name, found);
}

void replace_fetched(Context& context, const Owed& invite, const Party& sender, const DialogName& name,
                     bool available) {
  const auto snapshot = context.snapshots.current();
  const Sender known = snapshot ? sender_of(*snapshot, sender) : Sender{};
  const AskedReplacement asked{invite.id, invite.request, invite.flow, known};
  if (known.trunk == nullptr && known.provider == nullptr)
    return turn_down(context, asked, Reason::TransferRefused, kForbidden);
  if (!available) return turn_down(context, asked, Reason::RequestPending, kRequestPending);
  replace(context, asked, name, find_dialog(context, name));
}

void cancel_replacing(Context& context, Call& call, const sip::Message& cancel) {
  if (!call.replacing || call.replacing->answered) return;
  const Cause cause{Reason::CallerCancelled, q850_of(cancel).value_or(0)};
  context.transactions.cancel(call.leg(other(call.replacing->side)).invite, reason_value(cause));
}

void on_replacing_response(Context& context, Call& call, Side side, sip::TransactionId id,
                           const sip::Message& response) {
  Leg& leg = call.leg(side);
  const bool success = response.status() < 300;
  if (!success) context.table.forget(id);
  if (success && leg.invite == id && leg.acked && leg.dialog) send_ack(context, leg);
  if (!waits(call, side, id)) return;
  if (!success)
    return reject_replacement(context, call, response.status(),
                              {Reason::FarEndRejected, q850_of(response).value_or(0)});
  leg.dialog->refresh_target(response);
  note_description(call, side, call.replacing->carried);
  settle_session(context, call, side, response, leg.timer ? leg.timer->interval : std::chrono::seconds{0});
  accept_replacement(context, call, response);
}

void on_replacing_failed(Context& context, Call& call, Side side, sip::TransactionId id) {
  if (waits(call, side, id)) reject_replacement(context, call, kTimedOut, {Reason::FarEndTimeout});
}

bool on_replacing_ack(Call& call, Side side, const sip::Message& ack) {
  if (!call.replacing || !call.replacing->answered || call.replacing->side != side) return false;
  if (ack.cseq().number != call.replacing->asked.request.cseq().number) return false;
  call.replacing.reset();
  return true;
}

void settle_replacing(Context& context, Call& call) {
  if (!call.replacing) return;
  const auto replacing = std::move(call.replacing);
  context.table.forget(replacing->asked.id);
  if (!replacing->answered) respond(context, replacing->asked, {.status = kRequestTerminated});
}

}  // namespace warp::calls
