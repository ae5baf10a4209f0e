#include "transfer/talk.h"

#include <utility>

#include "fax/switching.h"
#include "negotiation/exchange.h"
#include "outgoing.h"
#include "transfer.h"
#include "update.h"

namespace warp::calls {

namespace {

constexpr std::string_view kFragment = "message/sipfrag;version=2.0";

// RFC 3264 §8: an m-line that was there stays, if need be with port 0.
void keep_lines(sdp::Session& description, const std::string& known) {
  const auto before = sdp::parse(known);
  if (!before) return;
  for (std::size_t i = description.media.size(); i < before->media.size(); ++i) {
    sdp::Media line = before->media[i];
    line.port = 0;
    line.attributes.clear();
    description.media.push_back(std::move(line));
  }
}

}  // namespace

Call* tied(Context& context, const Call& call) {
  return call.transfer ? context.table.find(call.transfer->other) : nullptr;
}

bool busy(const Call& call) {
  if (call.state != State::Up || call.reinvite || update_pending(call) || call.transfer || call.replacing ||
      offers_fax(call))
    return true;
  for (const Leg& leg : call.legs)
    if (leg.timer && leg.timer->refresh != 0) return true;
  return false;
}

void notify(Context& context, Call& call, Side side, std::uint16_t status) {
  Leg& leg = call.leg(side);
  if (!leg.dialog) return;
  std::string body = "SIP/2.0 " + std::to_string(status) + ' ';
  body += sip::default_phrase(status);
  body += "\r\n";
  const HeaderLine event{sip::HeaderId::Event, "refer"};
  RequestParts parts;
  parts.content_type = kFragment;
  parts.body = body;
  parts.extra = HeaderLines(&event, 1);
  parts.name = "Subscription-State";
  parts.value = status < 200 ? "active;expires=180" : "terminated;reason=noresource";
  const auto sent = send_in_dialog(context, leg, sip::Method::Notify, parts);
  if (sent != 0) context.transactions.abandon(sent);
}

namespace {

void forget_leg(Context& context, Leg& leg) {
  if (leg.timer) context.wheel.cancel(leg.timer->due);
  leg.timer.reset();
  leg.dialog.reset();
}

}  // namespace

void dismiss(Context& context, Call& call, Side side) {
  Leg& leg = call.leg(side);
  send_bye(context, leg, side, {domain::Reason::Transferred});
  forget_leg(context, leg);
}

void let_go(Context& context, Call& call, Side side) {
  Leg& leg = call.leg(side);
  context.table.unbind(leg.tag);
  forget_leg(context, leg);
}

std::string fresh_offer(const std::string& heard) {
  auto description = sdp::parse(heard);
  if (!description) return {};
  std::erase_if(description->attributes, [](const sdp::Attribute& attribute) {
    return attribute.name == "sendonly" || attribute.name == "recvonly" || attribute.name == "inactive";
  });
  for (sdp::Media& media : description->media)
    media.set_direction(sdp::Direction::SendRecv);
  std::string body;
  if (!sdp::write(*description, body)) body.clear();
  return body;
}

std::string carried_description(Context& context, Call& through, Side speaker, const std::string& said,
                                const std::string& known, Leg& told) {
  auto description = sdp::parse(said);
  if (!description || description->media.empty()) return {};
  keep_lines(*description, known);
  if (through.media) {
    if (admit(context, through, speaker, *description) != domain::Reason::NormalClearing) return {};
    return carry_offer(context, through, speaker, *description, told);
  }
  std::string body;
  if (!sdp::write(*description, body)) body.clear();
  return body;
}

sip::TransactionId send_offer(Context& context, Call& call, Side side, const std::string& offer) {
  Leg& leg = call.leg(side);
  const SessionTerms terms = refreshed_terms(call, side);
  RequestParts parts;
  parts.content_type = "application/sdp";
  parts.body = offer;
  parts.session_expires = terms.header;
  const auto sent = send_in_dialog(context, leg, sip::Method::Invite, parts);
  if (sent == 0) return 0;
  context.table.forget(leg.invite);
  leg.invite = sent;
  leg.invite_cseq = leg.dialog->local_cseq();
  leg.acked = true;  // until there is a 2xx
  leg.ack_body.clear();
  context.table.expect(sent, {Purpose::Merge, &call, side, leg.tag});
  return sent;
}

}  // namespace warp::calls
