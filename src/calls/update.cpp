#include "update.h"

#include <utility>

#include "capabilities.h"
#include "ending.h"
#include "fax/switching.h"
#include "mediation.h"
#include "negotiation/exchange.h"
#include "responses.h"
#include "session_timer.h"
#include "setup/early.h"
#include "status.h"
#include "survival.h"
#include "transfer.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::uint64_t kLongestRetry = 10;

// A request of a peer, as it came.
struct AskedUpdate {
  Side side;
  sip::TransactionId id;
  const sip::Message& request;
  const sip::Flow& from;
};

void turn_down(Context& context, const AskedUpdate& asked, std::uint16_t status, Reason reason) {
  ResponseParts parts;
  parts.status = status;
  parts.cause = Cause{reason};
  // RFC 3311 §5.2: a random moment within ten seconds.
  if (status == kServerError) parts.retry_after = 1 + context.ids.next64() % kLongestRetry;
  parts.capabilities = status == kMediaType;
  respond(context, asked.id, asked.request, asked.from, parts);
}

// RFC 3311 §5.2. True: it was refused.
bool refuse_glare(Context& context, const Call& call, const AskedUpdate& asked) {
  const bool offers = !asked.request.body().empty();
  if (call.update && call.update->from == asked.side) {
    turn_down(context, asked, kServerError, Reason::RequestPending);
    return true;
  }
  if (!offers || (!call.update && !call.reinvite && !joining(call) && !offers_fax(call))) return false;
  const bool own = call.reinvite && call.reinvite->from == asked.side;
  turn_down(context, asked, own ? kServerError : kRequestPending, Reason::RequestPending);
  return true;
}

// The description for the other side into `body`. NormalClearing, or what is wrong with it.
Reason carry_update_offer(Context& context, Call& call, Update& update, const sip::Message& request,
                          std::string& body) {
  auto offer = sdp::parse(request.body());
  if (!offer || offer->media.empty()) return Reason::SdpInvalid;
  if (!call.media) {
    body = request.body();
    return Reason::NormalClearing;
  }
  const Reason refused = admit(context, call, update.from, *offer);
  if (refused != Reason::NormalClearing) return refused;
  update.offer = std::move(*offer);
  body = carry_offer(context, call, update.from, *update.offer, call.leg(other(update.from)));
  return body.empty() ? Reason::MediaUnsupported : Reason::NormalClearing;
}

std::string update_answer(Context& context, Call& call, const sip::Message& response) {
  const Update& update = *call.update;
  if (body_kind(response) != BodyKind::Sdp) return {};
  auto answer = sdp::parse(response.body());
  if (!answer || answer->media.empty()) return {};
  if (!call.media) return std::string(response.body());
  if (!update.offer) return {};
  CarriedAnswer carried = carry_answer(context, call, update.from, *update.offer, std::move(*answer));
  if (!carried.body.empty()) note_codecs(call, carried.codecs);
  return std::move(carried.body);
}

sip::TransactionId send_as_invite(Context& context, Leg& leg, std::string_view body) {
  const auto sent =
      send_in_dialog(context, leg, sip::Method::Invite, {.content_type = "application/sdp", .body = body});
  if (sent == 0) return 0;
  context.table.forget(leg.invite);
  leg.invite = sent;
  leg.invite_cseq = leg.dialog->local_cseq();
  leg.acked = true;  // until there is a 2xx
  leg.ack_body.clear();
  return sent;
}

// Sends the offer on; `out` is null when it goes as re-INVITE in the other leg's dialog.
void carry(Context& context, Call& call, const AskedUpdate& asked, sip::Dialog* out, std::uint64_t fork) {
  if (body_kind(asked.request) != BodyKind::Sdp)
    return turn_down(context, asked, kMediaType, Reason::MediaUnsupported);
  auto owed = owe(asked.id, asked.request, asked.from);
  if (!owed) return turn_down(context, asked, kBadRequest, Reason::MessageMalformed);
  auto update = std::unique_ptr<Update>(new Update{asked.side, std::move(*owed)});
  update->fork = fork;
  update->as_invite = out == nullptr;
  std::string body;
  if (const Reason refused = carry_update_offer(context, call, *update, asked.request, body);
      refused != Reason::NormalClearing)
    return turn_down(context, asked, refused == Reason::SdpInvalid ? kBadRequest : kNotAcceptable, refused);
  Leg& answerer = call.leg(other(asked.side));
  update->sent = out == nullptr
                     ? send_as_invite(context, answerer, body)
                     : send_within(context, *out, sip::Method::Update,
                                   {.content_type = "application/sdp", .body = body}, {}, answerer.auth);
  if (update->sent == 0) return turn_down(context, asked, kServerTimeout, Reason::FarEndUnreachable);
  context.table.expect(update->sent, {Purpose::Update, &call, other(asked.side), answerer.tag});
  call.update = std::move(update);
}

// A target or session refresh: nothing for the other side.
void answer_refresh(Context& context, const AskedUpdate& asked, sip::Dialog* dialog) {
  if (dialog != nullptr) dialog->refresh_target(asked.request);
  respond(context, asked.id, asked.request, asked.from, {.dialog = true});
}

// The dialogs of a carried offer: the one that it came by, and the one that it went out by.
sip::Dialog* dialog_of(Call& call, Side side, const Update& update) {
  Leg& leg = call.leg(side);
  if (leg.dialog) return &*leg.dialog;
  if (side == Side::Caller) {
    if (!call.setup || !call.setup->early) return nullptr;
    for (CallerDialog& dialog : call.setup->early->callers)
      if (dialog.key == update.fork && dialog.dialog) return &*dialog.dialog;
    return nullptr;
  }
  Fork* fork = find_fork(call, update.fork);
  return fork != nullptr && fork->far ? &*fork->far : nullptr;
}

void end_update(Context& context, Call& call, const ResponseParts& parts) {
  const auto update = std::move(call.update);
  if (!update->as_invite) context.table.forget(update->sent);
  respond(context, update->asked, parts);
}

void accept_update(Context& context, Call& call, const sip::Message& response) {
  const Update& update = *call.update;
  const Side answerer = other(update.from);
  if (sip::Dialog* out = dialog_of(call, answerer, update)) out->refresh_target(response);
  if (sip::Dialog* in = dialog_of(call, update.from, update);
      in != nullptr && update.asked.request.method() == sip::Method::Update)
    in->refresh_target(update.asked.request);
  const std::string body = update_answer(context, call, response);
  if (update.as_invite) send_ack(context, call.leg(answerer));
  if (body.empty()) {
    end_update(context, call, {.status = kBadGateway, .cause = Cause{Reason::FarEndMalformed}});
    // They think that the session is another one now.
    if (call.state == State::Up)
      hang_up(context, call, {Reason::FarEndMalformed}, domain::ReleaseSide::Platform, Tell::Both);
    return;
  }
  if (Fork* fork = find_fork(call, update.fork)) fork->changed = true;
  const bool confirmed = call.state == State::Up;
  const SessionTerms terms =
      confirmed ? renewed_session(context, call, update.from, update.asked.request) : SessionTerms{};
  end_update(context, call, session_parts({}, terms, body));
  if (confirmed) persist(context, call);
}

void reject_update(Context& context, Call& call, std::uint16_t status, const Cause& cause) {
  // The challenge of one side is not the other's business.
  const bool challenged = status == 401 || status == 407;
  ResponseParts parts;
  parts.status = challenged ? kNotAcceptable : status;
  parts.cause = cause;
  if (status == kServerError) parts.retry_after = 1 + context.ids.next64() % kLongestRetry;
  if (call.update->as_invite) context.table.forget(call.update->sent);
  end_update(context, call, parts);
  if (const auto lost = loss_of_dialog(status); lost && call.state == State::Up)
    hang_up(context, call, {*lost}, domain::ReleaseSide::Platform, Tell::Both);
}

}  // namespace

void note_allowed(Leg& leg, const sip::Message& message) {
  if (message.has(sip::HeaderId::Allow)) leg.allows_update = allows(message, sip::Method::Update);
}

sip::TransactionId send_update(Context& context, Call& call, Side side, const RequestParts& parts) {
  return send_in_dialog(context, call.leg(side), sip::Method::Update, parts);
}

void on_update(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
               const sip::Flow& from) {
  const AskedUpdate asked{side, id, request, from};
  Leg& leg = call.leg(side);
  note_allowed(leg, request);
  if (refuse_glare(context, call, asked)) return;
  if (request.body().empty()) return on_session_refresh(context, call, side, id, request, from);
  if (call.state != State::Up) return turn_down(context, asked, kServerError, Reason::RequestPending);
  Leg& answerer = call.leg(other(side));
  carry(context, call, asked, peer_allows_update(answerer) ? &*answerer.dialog : nullptr, 0);
}

void on_early_update(Context& context, Call& call, Side side, Tag tag, sip::TransactionId id,
                     const sip::Message& request, const sip::Flow& from) {
  const AskedUpdate asked{side, id, request, from};
  if (refuse_glare(context, call, asked)) return;
  Fork* fork =
      side == Side::Callee ? find_fork(call, far_key(call.setup->attempt, request.from().tag)) : nullptr;
  if (request.body().empty())
    return answer_refresh(context, asked,
                          side == Side::Caller           ? dialog_with_caller(call, tag)
                          : fork != nullptr && fork->far ? &*fork->far
                                                         : nullptr);
  carry_early_offer(context, call, side, tag, id, request, from);
}

void carry_early_offer(Context& context, Call& call, Side side, Tag tag, sip::TransactionId id,
                       const sip::Message& request, const sip::Flow& from) {
  const AskedUpdate asked{side, id, request, from};
  if (call.update) return turn_down(context, asked, kRequestPending, Reason::RequestPending);
  CallerDialog* caller = find_caller_dialog(call, tag);
  Fork* fork = nullptr;
  if (side == Side::Caller) {
    // Its own first offer is not answered yet, or not so that both would know of it.
    if (caller == nullptr || !caller->agreed || call.state == State::Answering)
      return turn_down(context, asked, kServerError, Reason::RequestPending);
    fork = find_fork(call, caller->key);
    if (fork != nullptr && fork->agreed && !fork->allows_update)
      return turn_down(context, asked, kNotAcceptable, Reason::MediaUnsupported);
    if (fork == nullptr || !fork->agreed)
      return turn_down(context, asked, kServerError, Reason::RequestPending);
    return carry(context, call, asked, &*fork->far, fork->key);
  }
  fork = find_fork(call, far_key(call.setup->attempt, request.from().tag));
  // Our offer to it is open.
  if (fork == nullptr || !fork->agreed)
    return turn_down(context, asked, kRequestPending, Reason::RequestPending);
  for (CallerDialog& dialog : call.setup->early->callers)
    if (dialog.key == fork->key) caller = &dialog;
  if (!peer_allows_update(call.leg(Side::Caller)))
    return turn_down(context, asked, kNotAcceptable, Reason::MediaUnsupported);
  if (caller == nullptr || !caller->agreed)
    return turn_down(context, asked, kServerError, Reason::RequestPending);
  carry(context, call, asked, &*caller->dialog, fork->key);
}

void on_update_response(Context& context, Call& call, sip::TransactionId id, const sip::Message& response) {
  if (response.status() < 200) return;
  const bool success = response.status() < 300;
  if (!call.update || call.update->sent != id) {
    // The 2xx of the re-INVITE again: its ACK was lost.
    for (Leg& leg : call.legs)
      if (success && leg.invite == id && leg.acked) send_ack(context, leg);
    return;
  }
  if (success) return accept_update(context, call, response);
  reject_update(context, call, response.status(), {Reason::FarEndRejected, q850_of(response).value_or(0)});
}

void on_update_failed(Context& context, Call& call, sip::TransactionId id) {
  context.table.forget(id);
  if (!call.update || call.update->sent != id) return;
  const bool up = call.state == State::Up;
  end_update(context, call, {.status = kServerTimeout, .cause = Cause{Reason::FarEndTimeout}});
  if (up) hang_up(context, call, {Reason::FarEndTimeout}, domain::ReleaseSide::Platform, Tell::Both);
}

void update_sent_again(Call& call, Side side, sip::TransactionId id, sip::TransactionId next,
                       std::uint32_t cseq) {
  if (!call.update || call.update->sent != id) return;
  call.update->sent = next;
  if (sip::Dialog* dialog = dialog_of(call, side, *call.update)) dialog->used_cseq(cseq);
}

bool update_pending(const Call& call) {
  return call.update != nullptr;
}

void settle_update(Context& context, Call& call) {
  if (!call.update) return;
  const auto update = std::move(call.update);
  respond(context, update->asked, {.status = kRequestTerminated});
  context.transactions.abandon(update->sent);
  context.transactions.silence(update->sent);
  context.sent.erase(update->sent);
  context.table.forget(update->sent);
}

}  // namespace warp::calls
