#include "reinvite.h"

#include <utility>

#include "ending.h"
#include "fax/switching.h"
#include "mediation.h"
#include "negotiation/exchange.h"
#include "negotiation/one_side.h"
#include "outgoing.h"
#include "responses.h"
#include "session_timer.h"
#include "status.h"
#include "survival.h"
#include "transfer.h"
#include "update.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::uint64_t kRetrySeconds = 1;

std::string tag_of(const Call& call, Side side) {
  return tag_text(call.leg(side).tag);
}

void answer_asker(Context& context, Call& call, std::uint16_t status, std::optional<Cause> cause) {
  Reinvite& reinvite = *call.reinvite;
  const std::string tag = tag_of(call, reinvite.from);
  respond(context, reinvite.asked, {.status = status, .to_tag = tag, .cause = cause});
}

void refuse_reinvite(Context& context, sip::TransactionId id, const sip::Message& request,
                     const sip::Flow& from, std::uint16_t status, Reason reason) {
  ResponseParts parts;
  parts.status = status;
  parts.cause = Cause{reason};
  parts.capabilities = status == kMediaType;
  if (status == kServerError) parts.retry_after = kRetrySeconds;
  respond(context, id, request, from, parts);
}

std::string carried_back(Context& context, Call& call, Side offerer, const sdp::Session& offer,
                         const sdp::Session& answer) {
  CarriedAnswer carried = carry_answer(context, call, offerer, offer, answer);
  if (!carried.body.empty()) note_codecs(call, carried.codecs);
  return std::move(carried.body);
}

// Streams for m-lines that came with this description. False: there are no ports for them.
bool make_room(Call& call, const sdp::Session& description) {
  const std::uint8_t streams = streams_for(description);
  if (streams <= call.streams) return true;
  if (!call.media->grow(streams)) return false;
  call.streams = streams;
  return true;
}

// A re-INVITE of our own runs on one of the legs: RFC 3261 §14.2.
bool refreshes_by_invite(const Call& call) {
  for (const Leg& leg : call.legs)
    if (leg.timer && leg.timer->refresh != 0 && leg.timer->by_invite) return true;
  return false;
}

struct OfferRefused {
  std::uint16_t status = 0;  // 0: it is not
  Reason reason = Reason::MediaUnsupported;
};

// The offer for the other side into `body`.
OfferRefused carry_reinvite_offer(Context& context, Call& call, Reinvite& reinvite,
                                  const sip::Message& request, std::string& body) {
  const BodyKind kind = body_kind(request);
  if (kind == BodyKind::None) return {};
  if (kind == BodyKind::Unsupported) return {kMediaType};
  auto offer = sdp::parse(request.body());
  if (!offer || offer->media.empty()) return {kBadRequest, Reason::SdpInvalid};
  if (!call.media) {
    body = request.body();
    return {};
  }
  const Reason refused = admit(context, call, reinvite.from, *offer);
  if (refused != Reason::NormalClearing) return {kNotAcceptable, refused};
  if (!make_room(call, *offer)) return {kNotAcceptable};
  reinvite.offer = std::move(*offer);
  body = carry_offer(context, call, reinvite.from, *reinvite.offer, call.leg(other(reinvite.from)));
  return {body.empty() ? kNotAcceptable : std::uint16_t{0}};
}

// To the other side. False: it could not be sent.
bool send_on(Context& context, Call& call, Reinvite& reinvite, std::string body) {
  const Side towards = other(reinvite.from);
  Leg& answerer = call.leg(towards);
  const SessionTerms terms = refreshed_terms(call, towards);
  const auto sent =
      send_in_dialog(context, answerer, sip::Method::Invite,
                     {.content_type = "application/sdp", .body = body, .session_expires = terms.header});
  if (sent == 0) return false;
  context.table.forget(answerer.invite);
  answerer.invite = sent;
  answerer.invite_cseq = answerer.dialog->local_cseq();
  answerer.acked = true;  // until there is a 2xx
  answerer.ack_body.clear();
  reinvite.sent = sent;
  if (answerer.timer && !answerer.allows_update) reinvite.carried = std::move(body);
  context.table.expect(sent, {Purpose::Reinvite, &call, towards, answerer.tag});
  return true;
}

// The answerer's description for the asker's 200: an answer, or an offer when the asker made none.
std::string reinvite_answer(Context& context, Call& call, const sip::Message& response) {
  Reinvite& reinvite = *call.reinvite;
  if (body_kind(response) != BodyKind::Sdp) return {};
  auto description = sdp::parse(response.body());
  if (!description || description->media.empty()) return {};
  if (!call.media) return std::string(response.body());
  const Side answerer = other(reinvite.from);
  if (reinvite.offer) return carried_back(context, call, reinvite.from, *reinvite.offer, *description);
  if (admit(context, call, answerer, *description) != Reason::NormalClearing ||
      !make_room(call, *description))
    return {};
  reinvite.offer = std::move(*description);
  return carry_offer(context, call, answerer, *reinvite.offer, call.leg(reinvite.from));
}

void on_reinvite_unacked(Context& context, Call& call) {
  hang_up(context, call, {Reason::AckMissing}, domain::ReleaseSide::Platform, Tell::Both);
}

// The asker's 200, for as long as its ACK takes.
void answer_accepted(Context& context, Call& call, const std::string& body) {
  Reinvite& reinvite = *call.reinvite;
  const SessionTerms terms = renewed_session(context, call, reinvite.from, reinvite.asked.request);
  const std::string tag = tag_of(call, reinvite.from);
  reinvite.answered = true;
  reinvite.ok = accept_invite(context, reinvite.asked, session_parts(tag, terms, body),
                              [&context, &call] { on_reinvite_unacked(context, call); });
}

// The other side accepted: its answer goes to the asker.
void accept_reinvite(Context& context, Call& call, const sip::Message& response) {
  Reinvite& reinvite = *call.reinvite;
  Leg& asker = call.leg(reinvite.from);
  Leg& answerer = call.leg(other(reinvite.from));
  const bool offered = !reinvite.asked.request.body().empty();
  answerer.acked = false;
  answerer.dialog->refresh_target(response);
  asker.dialog->refresh_target(reinvite.asked.request);
  const std::string body = reinvite_answer(context, call, response);
  if (offered || body.empty()) send_ack(context, answerer);
  if (body.empty()) {
    answer_asker(context, call, kBadGateway, Cause{Reason::FarEndMalformed});
    reinvite.answered = true;
    return hang_up(context, call, {Reason::FarEndMalformed}, domain::ReleaseSide::Platform, Tell::Both);
  }
  note_heard(call, reinvite.from, reinvite.asked.request.body());
  note_heard(call, other(reinvite.from), response.body());
  note_description(call, reinvite.from, body);
  if (!reinvite.carried.empty()) note_description(call, other(reinvite.from), reinvite.carried);
  const auto asked = answerer.timer ? answerer.timer->interval : std::chrono::seconds{0};
  settle_session(context, call, other(reinvite.from), response, asked);
  answer_accepted(context, call, body);
  if (offered) persist(context, call);
}

// Refused, or nothing came: the session stays, unless the other side says that it has none (RFC 3261 §14.1).
void reject_reinvite(Context& context, Call& call, std::uint16_t status, const Cause& cause) {
  answer_asker(context, call, status, cause);
  Leg& answerer = call.leg(other(call.reinvite->from));
  context.table.forget(answerer.invite);
  context.table.forget(call.reinvite->asked.id);
  answerer.acked = true;
  call.reinvite.reset();
  if (const auto lost = loss_of_dialog(status))
    hang_up(context, call, {*lost}, domain::ReleaseSide::Platform, Tell::Both);
}

bool refuses_media(std::uint16_t status) {
  return status == kNotAcceptable || status == kMediaType || status == kNotAcceptableAnywhere;
}

// The other side does not take the T.38 that the asker is to have: that side stays in G.711, or is offered it
// (the gateway stands between). False: the refusal is the asker's.
bool carry_fax_without(Context& context, Call& call, std::uint16_t status) {
  Reinvite& reinvite = *call.reinvite;
  const Side refuser = other(reinvite.from);
  const PolicyView asker(context.snapshots, call.leg(reinvite.from).party);
  if (!refuses_media(status) || !call.media || !reinvite.offer || asker->media.fax != domain::FaxMode::T38)
    return false;
  Leg& leg = call.leg(refuser);
  std::string body;
  if (fax_stand(call.media->memory(), refuser) == FaxStand::G711)
    body = answer_t38(context, call, reinvite.from, *reinvite.offer);
  if (body.empty()) {
    if (std::exchange(reinvite.as_audio, true)) return false;
    body = carry_fax_as_audio(context, call, reinvite.from, *reinvite.offer, leg);
    return !body.empty() && send_on(context, call, reinvite, std::move(body));
  }
  leg.offered.reset();
  context.table.forget(reinvite.sent);
  call.leg(reinvite.from).dialog->refresh_target(reinvite.asked.request);
  note_heard(call, reinvite.from, reinvite.asked.request.body());
  note_description(call, reinvite.from, body);
  std::array<std::string, 2> codecs;
  codecs[static_cast<std::size_t>(reinvite.from)] = "T.38";
  note_codecs(call, codecs);
  answer_accepted(context, call, body);
  persist(context, call);
  return true;
}

}  // namespace

void on_reinvite(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
                 const sip::Flow& from) {
  if (call.state != State::Up || update_pending(call) || joining(call) || offers_fax(call) ||
      (call.reinvite && call.reinvite->from != side) || refreshes_by_invite(call))
    return refuse_reinvite(context, id, request, from, kRequestPending, Reason::RequestPending);
  if (call.reinvite) return refuse_reinvite(context, id, request, from, kServerError, Reason::Overloaded);
  auto owed = owe(id, request, from);
  if (!owed) return refuse_reinvite(context, id, request, from, kBadRequest, Reason::MessageMalformed);
  auto reinvite = std::unique_ptr<Reinvite>(new Reinvite{side, std::move(*owed)});
  std::string body;
  if (const auto refused = carry_reinvite_offer(context, call, *reinvite, request, body); refused.status != 0)
    return refuse_reinvite(context, id, request, from, refused.status, refused.reason);
  if (!send_on(context, call, *reinvite, std::move(body)))
    return refuse_reinvite(context, id, request, from, kServerError, Reason::FarEndUnreachable);
  context.table.expect(id, {Purpose::AskedReinvite, &call, side});
  call.reinvite = std::move(reinvite);
}

void on_reinvite_response(Context& context, Call& call, Side answerer, sip::TransactionId id,
                          const sip::Message& response) {
  if (response.status() < 200) return;
  Leg& leg = call.leg(answerer);
  const bool fresh = call.reinvite && call.reinvite->sent == id && !call.reinvite->answered;
  if (fresh && response.status() < 300) return accept_reinvite(context, call, response);
  if (fresh && carry_fax_without(context, call, response.status())) return;
  if (fresh)
    return reject_reinvite(context, call, response.status(),
                           {Reason::FarEndRejected, q850_of(response).value_or(0)});
  if (response.status() < 300 && leg.invite == id && leg.acked) send_ack(context, leg);
}

void on_reinvite_failed(Context& context, Call& call, sip::TransactionId id) {
  context.table.forget(id);
  if (!call.reinvite || call.reinvite->sent != id || call.reinvite->answered) return;
  reject_reinvite(context, call, kTimedOut, {Reason::FarEndTimeout});
}

void cancel_reinvite(Context& context, Call& call, const sip::Message& cancel) {
  if (!call.reinvite || call.reinvite->answered) return;
  const Cause cause{Reason::CallerCancelled, q850_of(cancel).value_or(0)};
  context.transactions.cancel(call.reinvite->sent, reason_value(cause));
}

bool on_reinvite_ack(Context& context, Call& call, Side side, const sip::Message& ack) {
  if (!call.reinvite || call.reinvite->from != side || !call.reinvite->answered) return false;
  if (ack.cseq().number != call.reinvite->asked.request.cseq().number) return false;
  const std::unique_ptr<Reinvite> reinvite = std::move(call.reinvite);
  Leg& answerer = call.leg(other(side));
  if (answerer.acked) return true;
  // The asker made no offer: its answer comes with this ACK.
  auto answer = body_kind(ack) == BodyKind::Sdp ? sdp::parse(ack.body()) : sdp::parse({});
  if (answer && call.media && reinvite->offer) {
    answerer.ack_body = carried_back(context, call, other(side), *reinvite->offer, *answer);
  } else if (answer && !call.media) {
    answerer.ack_body = ack.body();
  }
  const bool agreed = !answerer.ack_body.empty();
  send_ack(context, answerer);
  note_description(call, other(side), answerer.ack_body);
  if (agreed) persist(context, call);
  if (!agreed) hang_up(context, call, {Reason::SdpInvalid}, domain::ReleaseSide::Platform, Tell::Both);
  return true;
}

}  // namespace warp::calls
