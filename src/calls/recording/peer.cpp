#include <utility>

#include "announce/recording.h"
#include "capabilities.h"
#include "multipart.h"
#include "outgoing.h"
#include "recording/requests.h"
#include "responses.h"
#include "status.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::string_view kSdpType = "application/sdp";

bool wants_snapshot(const sip::Message& request) {
  if (siprec::asks_for_snapshot(request.content_type(), request.body())) return true;
  for (const std::string_view type : {"application/rs-metadata-request", "application/rs-metadata"})
    if (const auto part = sip::find_part(request.content_type(), request.body(), type))
      return siprec::asks_for_snapshot(type, part->content);
  return false;
}

// Our lines as they answer an offer: no more than it takes (RFC 3264 §6.1).
sdp::Session answer_to(const Siprec& siprec, const sdp::Session& offer) {
  sdp::Session ours = describe_to_recorder(siprec.told, siprec.sdp);
  ours.media.resize(std::min(ours.media.size(), offer.media.size()));
  for (std::size_t i = 0; i < ours.media.size(); ++i) {
    if (offer.media[i].port == 0) ours.media[i].port = 0;
    const auto said = offer.direction_of(offer.media[i]);
    if (said == sdp::Direction::SendOnly || said == sdp::Direction::Inactive)
      ours.media[i].set_direction(sdp::Direction::Inactive);
  }
  while (ours.media.size() < offer.media.size()) {
    ours.media.push_back(offer.media[ours.media.size()]);
    ours.media.back().port = 0;
  }
  return ours;
}

struct OfferAnswered {
  bool good = true;
  std::string body;  // empty: nothing was offered
};

OfferAnswered take_offer(Context& context, Call& call, const sip::Message& request) {
  const auto text = description_of(request);
  if (text.empty()) return {};
  const auto offer = sdp::parse(text);
  if (!offer || !follow_recorder(context, call, *offer)) return {false, {}};
  Siprec& siprec = *call.recorded->siprec;
  ++siprec.sdp.origin.version;
  OfferAnswered out;
  out.good = sdp::write(answer_to(siprec, *offer), out.body);
  return out;
}

void answer_reinvite(Context& context, RecorderDialog& dialog, Call& call, const sip::Message& request,
                     const sip::Flow& from, sip::TransactionId id) {
  OfferAnswered answered = take_offer(context, call, request);
  auto owed = owe(id, request, from);
  if (!answered.good || !owed) return respond(context, id, request, from, {.status = kNotAcceptable});
  // It asks for our offer: its answer comes with the ACK.
  if (answered.body.empty() &&
      !sdp::write(describe_to_recorder(call.recorded->siprec->told, call.recorded->siprec->sdp),
                  answered.body))
    return respond(context, id, request, from, {.status = kServerError});
  dialog.dialog->refresh_target(request);
  ResponseParts parts;
  parts.dialog = true;
  parts.content_type = kSdpType;
  parts.body = answered.body;
  std::string bytes = build_response(context, request, from, parts);
  if (bytes.empty()) return;
  context.transactions.respond(id, 200, bytes);
  dialog.asked = request.cseq().number;
  dialog.ok = repeat_answer(context, *owed, std::move(bytes), [&context, tag = dialog.tag] {
    if (RecorderDialog* silent = context.recorders.find(tag))
      on_recorder_failed(context, *silent, Reason::AckMissing);
  });
}

void answer_update(Context& context, RecorderDialog& dialog, Call& call, const sip::Message& request,
                   const sip::Flow& from, sip::TransactionId id) {
  const OfferAnswered answered = take_offer(context, call, request);
  if (!answered.good) return respond(context, id, request, from, {.status = kNotAcceptable});
  dialog.dialog->refresh_target(request);
  ResponseParts parts;
  parts.dialog = true;
  if (!answered.body.empty()) parts.content_type = kSdpType;
  parts.body = answered.body;
  respond(context, id, request, from, parts);
}

void tell_all(Context& context, Call& call) {
  call.recorded->siprec->whole = true;
  tell_recorder(context, call);
}

}  // namespace

bool on_recorder_request(Context& context, sip::TransactionId id, const sip::Message& request,
                         const sip::Flow& from) {
  RecorderDialog* dialog = context.recorders.find(request.to().tag);
  if (dialog == nullptr) return false;
  if (!dialog->dialog || !dialog->dialog->matches(request)) {
    refuse(context, id, request, from, Reason::DialogUnknown, kUnknownDialog);
    return true;
  }
  if (!dialog->dialog->accept_cseq(request.cseq().number)) {
    refuse(context, id, request, from, Reason::MessageMalformed, kServerError);
    return true;
  }
  Call* call = recorded_call(context, *dialog);
  const sip::Method method = request.method();
  if (method == sip::Method::Bye || call == nullptr) {
    respond(context, id, request, from, {});
    dialog->dialog.reset();
    on_recorder_failed(context, *dialog, Reason::FarEndCallGone);
    return true;
  }
  switch (method) {
    case sip::Method::Invite:
      if (dialog->asking || dialog->ok) {
        refuse(context, id, request, from, Reason::RequestPending, kRequestPending);
        return true;
      }
      answer_reinvite(context, *dialog, *call, request, from, id);
      break;
    case sip::Method::Update:
      if (dialog->asking && !description_of(request).empty()) {
        refuse(context, id, request, from, Reason::RequestPending, kRequestPending);
        return true;
      }
      answer_update(context, *dialog, *call, request, from, id);
      break;
    case sip::Method::Options:
    case sip::Method::Info:
      respond(context, id, request, from, {.capabilities = true});
      break;
    default:
      refuse(context, id, request, from, Reason::MethodNotAllowed, 405);
      return true;
  }
  if (wants_snapshot(request)) tell_all(context, *call);
  return true;
}

bool on_recorder_ack(Context& context, const sip::Message& ack) {
  RecorderDialog* dialog = context.recorders.find(ack.to().tag);
  if (dialog == nullptr) return false;
  if (!dialog->ok || ack.cseq().number != dialog->asked) return true;
  dialog->ok.reset();
  Call* call = recorded_call(context, *dialog);
  if (call == nullptr) return true;
  if (const auto answer = sdp::parse(description_of(ack));
      answer && !follow_recorder(context, *call, *answer))
    on_recorder_failed(context, *dialog, Reason::MediaUnsupported);
  else
    tell_recorder(context, *call);
  return true;
}

}  // namespace warp::calls
