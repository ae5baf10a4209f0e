#include "transfer.h"

#include <utility>

#include "capabilities.h"
#include "channels.h"
#include "charge.h"
#include "emergency.h"
#include "ending.h"
#include "glare.h"
#include "identity.h"
#include "media_setup.h"
#include "mediation.h"
#include "multipart.h"
#include "outgoing.h"
#include "record.h"
#include "responses.h"
#include "screening.h"
#include "session_timer.h"
#include "stages.h"
#include "status.h"
#include "survival.h"
#include "transfer/attended.h"
#include "transfer/handover.h"
#include "transfer/replaces.h"
#include "transfer/talk.h"

namespace warp::calls {

using domain::Reason;

namespace {

// For whom the new party is called: the transferor. One of the two.
struct Sponsor {
  const domain::Trunk* trunk = nullptr;
  const domain::Provider* provider = nullptr;
};

Sponsor sponsor_of(const routing::Snapshot& snapshot, const Party& party) {
  switch (party.kind) {
    case Party::Kind::Unknown:
      return {};
    case Party::Kind::Trunk:
      return {snapshot.trunk(TrunkId{party.id}), nullptr};
    case Party::Kind::Provider:
      return {nullptr, snapshot.provider(ProviderId{party.id})};
  }
  return {};
}

// Who a Referred-By names, under a host of ours; empty: there was none. Only who is trusted may say it.
std::string referrer_of(const Context& context, const Call& call, Side side, const sip::Message& refer) {
  std::string_view value = refer.header(kReferredBy);
  if (value.empty()) value = refer.header("b");
  const auto address = sip::parse_name_addr(value);
  if (value.empty() || !address) return {};
  const PolicyView policy(context.snapshots, call.leg(side).party);
  std::string user = policy->identity.trusted ? user_of(*address) : std::string();
  if (user.empty()) user = side == Side::Caller ? call.record.ani : call.record.dni;
  return "<sip:" + user + "@referrer.invalid>";
}

// The INVITE that the transferor would have sent.
std::optional<Owed> imagined_invite(Context& context, const Call& call, Side side, const std::string& number,
                                    const std::string& offer, std::string_view referrer) {
  const sip::Flow& flow = call.leg(side).dialog->flow();
  const std::string_view host = context.sender.sent_by(flow.listener);
  const std::string& own = side == Side::Caller ? call.record.ani : call.record.dni;
  const auto high = context.ids.next64();
  const auto low = context.ids.next64();
  const std::string call_id = sip::make_call_id(context.shard, high, low, host.substr(0, host.rfind(':')));
  const std::string tag = tag_text(new_tag(context.ids));
  std::string text;
  sip::Writer writer(text);
  std::string target = "sip:" + number + '@';
  target += host;
  writer.request(sip::Method::Invite, target);
  writer.header(sip::HeaderId::Via, {"SIP/2.0/UDP ", host, ";branch=", context.transactions.new_branch()});
  writer.header(sip::HeaderId::MaxForwards, std::uint64_t{context.settings.max_forwards});
  writer.header(sip::HeaderId::From, {"<sip:", own, "@", host, ">;tag=", tag});
  writer.header(sip::HeaderId::To, {"<", target, ">"});
  writer.header(sip::HeaderId::CallId, call_id);
  writer.header(sip::HeaderId::CSeq, "1 INVITE");
  writer.header(sip::HeaderId::Contact, {"<sip:", host, ">"});
  if (!referrer.empty()) writer.header(kReferredBy, referrer);
  writer.finish("application/sdp", offer);
  if (!writer.ok()) return std::nullopt;
  auto message = sip::Message::parse(text);
  if (!message) return std::nullopt;
  return Owed{0, std::move(*message), flow};
}

Call& make_call(Context& context, const Call& origin, Side side, Owed owed,
                std::shared_ptr<const routing::Snapshot> snapshot, const Sponsor& sponsor) {
  Call& call = context.table.add(std::make_unique<Call>());
  call.setup_at = context.clock.now();
  call.leg(Side::Caller).tag = new_tag(context.ids);
  call.leg(Side::Callee).sdp.id = context.ids.next64() >> 8;
  // The party that stays has heard of us already.
  call.leg(Side::Caller).sdp = origin.leg(other(side)).sdp;
  begin_record(context, call, owed);
  call.transfer = std::make_unique<Transfer>(Transfer{origin.serial, side, true});
  call.setup.reset(new Setup{std::move(owed), std::move(snapshot), sponsor.trunk, sponsor.provider});
  context.active.fetch_add(1, std::memory_order_relaxed);
  return call;
}

std::optional<Refusal> screen_transfer(Context& context, Call& call) {
  auto refusal = choose_kind(context, call);
  count_call(context, call);
  if (refusal) return refusal;
  if (auto offer = read_offer(call)) return offer;
  if (call.emergency) return decide_emergency(context, call);
  if (!context.records.writable()) return Refusal{.reason = Reason::JournalUnavailable};
  return take_limits(context, call);
}

// The one that stays becomes the caller of the new call.
void move_leg(Context& context, Call& origin, Side side, Call& made) {
  Leg& leg = origin.leg(side);
  Leg& place = made.leg(Side::Caller);
  const SdpOrigin described = place.sdp;
  const bool timed = leg.timer != nullptr;
  if (timed) context.wheel.cancel(leg.timer->due);
  context.table.forget(leg.invite);
  context.table.unbind(place.tag);
  place = std::move(leg);
  leg = Leg{};
  place.invite = 0;
  place.acked = true;
  place.sdp.version = std::max(place.sdp.version + 1, described.version);
  place.sdp.source = described.source;
  context.table.bind(place.tag, {&made, Side::Caller});
  if (timed) arm_session_timer(context, made, Side::Caller);
}

void send_join(Context& context, Call& made) {
  Leg& leg = made.leg(Side::Caller);
  const SessionTerms terms = refreshed_terms(made, Side::Caller);
  RequestParts parts;
  parts.content_type = "application/sdp";
  parts.body = made.transfer->description;
  parts.session_expires = terms.header;
  const auto sent = send_in_dialog(context, leg, sip::Method::Invite, parts);
  if (sent == 0)
    return hang_up(context, made, {Reason::FarEndUnreachable}, domain::ReleaseSide::Platform, Tell::Both);
  leg.invite = sent;
  leg.invite_cseq = leg.dialog->local_cseq();
  leg.ack_body.clear();
  context.table.expect(sent, {Purpose::Join, &made, Side::Caller, leg.tag});
}

// With nobody between them, the new party must hear of an address that is not the one that it was told.
bool moved_elsewhere(const Call& made, const sip::Message& response) {
  const Leg& leg = made.leg(Side::Caller);
  const auto before = sdp::parse(leg.heard ? *leg.heard : std::string());
  const auto now = sdp::parse(description_of(response));
  if (!before || !now || before->media.empty() || now->media.empty()) return false;
  return remote_of(*before, 0).rtp != remote_of(*now, 0).rtp;
}

void tell_of_move(Context& context, Call& made, const sip::Message& response) {
  const std::string said(description_of(response));
  note_heard(made, Side::Caller, said);
  if (send_offer(context, made, Side::Callee, said) == 0)
    context.log.warning("calls.request_unwritable", {{"call", made.record.call}});
  persist(context, made);
}

// As the party that stays shall see it: in the line of what it has heard from us before.
std::string joined_description(const Call& made) {
  // Some say it all in a reliable 18x.
  const std::string& answer = made.setup->answer;
  auto description = sdp::parse(answer.empty() ? made.transfer->description : answer);
  if (!description) return {};
  const SdpOrigin& origin = made.leg(Side::Caller).sdp;
  description->origin.session_id = std::to_string(origin.id);
  description->origin.session_version = std::to_string(origin.version);
  std::string body;
  if (!sdp::write(*description, body)) body.clear();
  return body;
}

}  // namespace

namespace {

void refer_blind(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
                 const sip::Flow& from, std::shared_ptr<const routing::Snapshot> snapshot,
                 const std::string& number) {
  const Sponsor sponsor = sponsor_of(*snapshot, call.leg(side).party);
  const std::string& heard = *call.leg(other(side)).heard;
  auto invite = imagined_invite(context, call, side, number, fresh_offer(heard),
                                referrer_of(context, call, side, request));
  if (!invite) return refuse(context, id, request, from, Reason::MessageMalformed, kBadRequest);
  respond(context, id, request, from, {.status = kAccepted, .dialog = true});
  notify(context, call, side, 100);
  context.metrics.transfers.add();
  Call& made = make_call(context, call, side, std::move(*invite), std::move(snapshot), sponsor);
  call.transfer = std::make_unique<Transfer>(Transfer{made.serial, side, false});
  if (const auto refusal = screen_transfer(context, made)) return fail(context, made, *refusal);
  if (made.emergency) return verify_and_go(context, made);
  look_up_and_go(context, made);
}

}  // namespace

void on_refer(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
              const sip::Flow& from) {
  const Leg& leg = call.leg(side);
  const PolicyView policy(context.snapshots, leg.party);
  auto snapshot = context.snapshots.current();
  const Sponsor sponsor = snapshot ? sponsor_of(*snapshot, leg.party) : Sponsor{};
  const Leg& stays = call.leg(other(side));
  const bool executes = policy->session.transfer == domain::TransferPolicy::Execute;
  const bool known = sponsor.trunk != nullptr || sponsor.provider != nullptr;
  if (!executes || !known || !stays.heard || stays.heard->empty())
    return refuse(context, id, request, from, Reason::TransferRefused, kForbidden);
  if (busy(call)) return refuse(context, id, request, from, Reason::RequestPending, kRequestPending);
  Referral referral = read_referral(request);
  switch (referral.kind) {
    case Referral::Kind::Malformed:
      return refuse(context, id, request, from, Reason::NumberInvalid, kBadRequest);
    case Referral::Kind::Blind:
      return refer_blind(context, call, side, id, request, from, std::move(snapshot), referral.number);
    case Referral::Kind::Attended:
      return refer_attended(context, call, side, id, request, from, referral.dialog);
  }
}

void tell_progress(Context& context, Call& made, std::uint16_t status, std::string_view description) {
  if (!made.transfer || !made.transfer->made) return;
  if (!description.empty()) made.transfer->description = description;
  if (Call* origin = tied(context, made)) notify(context, *origin, made.transfer->from, status);
}

void tell_failure(Context& context, Call& made, std::uint16_t status) {
  if (!made.transfer || !made.transfer->made) return;
  Call* origin = tied(context, made);
  const Side from = made.transfer->from;
  made.transfer.reset();
  if (origin == nullptr || !origin->transfer) return;
  origin->transfer.reset();
  notify(context, *origin, from, status);
  // Its transferor is gone, and nobody took the other one.
  if (!origin->leg(from).dialog)
    hang_up(context, *origin, {Reason::Transferred}, domain::ReleaseSide::Platform,
            from == Side::Caller ? Tell::Callee : Tell::Caller);
}

bool join_transferred(Context& context, Call& made) {
  if (!made.transfer || !made.transfer->made) return false;
  Call* origin = tied(context, made);
  const Side from = made.transfer->from;
  if (origin == nullptr || !origin->leg(other(from)).dialog) {
    fail(context, made, {.reason = Reason::CallerCancelled});
    return true;
  }
  context.metrics.answers[CallMetrics::index(made.record.direction)]->add();
  notify(context, *origin, from, 200);
  dismiss(context, *origin, from);
  note_media(*origin);
  move_leg(context, *origin, other(from), made);
  origin->media.reset();
  origin->record.facts->transferred_to = made.record.dni_e164;
  made.transfer->description = joined_description(made);
  made.leg(Side::Caller).party = Party::of(made.setup->source_trunk, made.setup->source_provider);
  made.setup.reset();
  enter(context, made, State::Confirming);
  enter(context, made, State::Up);
  charge_answered(context, made);
  send_join(context, made);
  persist(context, made);
  persist(context, *origin);
  return true;
}

void on_join_response(Context& context, Call& made, sip::TransactionId id, const sip::Message& response) {
  if (response.status() < 200) return;
  Leg& leg = made.leg(Side::Caller);
  if (response.status() < 300) {
    const bool again = leg.invite != id || !made.transfer || made.transfer->description.empty();
    if (leg.invite == id) send_ack(context, leg);
    if (again) return;
    leg.dialog->refresh_target(response);
    follow_answer(context, made, Side::Caller, made.transfer->description, response);
    note_description(made, Side::Caller, made.transfer->description);
    made.transfer->description.clear();
    if (!made.media && moved_elsewhere(made, response)) return tell_of_move(context, made, response);
    return persist(context, made);
  }
  context.table.forget(id);
  if (leg.invite != id) return;
  if (response.status() == kRequestPending) {
    made.settle_timer =
        context.wheel.arm(glare_delay(context, other(made.transfer->from)), [&context, &made] {
          made.settle_timer = {};
          send_join(context, made);
        });
    return;
  }
  hang_up(context, made, {Reason::FarEndRejected, q850_of(response).value_or(0)},
          domain::ReleaseSide::Platform, Tell::Both);
}

void on_join_failed(Context& context, Call& made, sip::TransactionId id) {
  context.table.forget(id);
  if (made.leg(Side::Caller).invite != id || !made.transfer || made.transfer->description.empty()) return;
  hang_up(context, made, {Reason::FarEndTimeout}, domain::ReleaseSide::Platform, Tell::Both);
}

bool leave_transfer(Context& context, Call& call, Side side) {
  if (!call.transfer) return false;
  const Transfer& transfer = *call.transfer;
  if (transfer.from != side || transfer.joined || (transfer.made && !transfer.attended)) return false;
  // Its partner is gone, and it was the one to go back to.
  if (transfer.attended && tied(context, call) == nullptr) return false;
  let_go(context, call, side);
  return true;
}

void part_transfer(Context& context, Call& call) {
  if (!call.transfer) return;
  Call* partner = tied(context, call);
  const auto own = std::move(call.transfer);
  if (partner == nullptr || !partner->transfer) return;
  if (own->attended && !own->joined) return part_attended(context, *partner, *own);
  partner->transfer.reset();
  terminate(context, *partner, Reason::Transferred);
}

bool joining(const Call& call) {
  if (call.replacing) return true;
  if (!call.transfer) return false;
  const Transfer& transfer = *call.transfer;
  if (transfer.attended) return !transfer.joined;
  return transfer.made && !call.setup && !transfer.description.empty();
}

void note_heard(Call& call, Side side, std::string_view description) {
  Leg& leg = call.leg(side);
  if (!leg.heard || description.empty()) return;
  const auto offered = sdp::parse(description);
  // Held or not, fax or speech: what it can do with a talking party is what counts.
  if (!offered || offered->media.empty() || !offered->media.front().is_rtp() ||
      offered->media.front().port == 0)
    return;
  *leg.heard = description;
}

void note_heard_at_answer(Call& call, const sip::Message& response) {
  using domain::TransferPolicy;
  const Setup& setup = *call.setup;
  if (policy_of(setup, Side::Callee).session.transfer != TransferPolicy::Execute &&
      policy_of(setup, Side::Caller).session.transfer != TransferPolicy::Execute)
    return;
  call.leg(Side::Caller).heard = std::make_unique<std::string>(
      call.delayed_offer ? std::string_view() : description_of(setup.invite.request));
  const std::string_view said = description_of(response);
  call.leg(Side::Callee).heard =
      std::make_unique<std::string>(said.empty() ? std::string_view(setup.attempt.early_description) : said);
}

}  // namespace warp::calls
