#include "outgoing.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "warp/calls/overload_params.h"

#include "authenticity.h"
#include "capabilities.h"
#include "challenges.h"
#include "dialog_flow.h"
#include "emergency.h"
#include "identity.h"
#include "registered.h"
#include "responses.h"
#include "targets.h"

namespace warp::calls {

namespace {

constexpr std::size_t kUsualRequestOctets = 1024;
constexpr std::uint32_t kCSeqLeap = 1000;

void add_options(sip::Writer& writer, const Setup& setup, std::uint8_t options) {
  const std::string_view supported = supported_options(options);
  if (!supported.empty()) writer.header(sip::HeaderId::Supported, supported);
  if ((options & bit(Option::Reliable)) == 0) return;
  if (policy_of(setup, Side::Callee).provisional.reliable == domain::ReliableProvisional::Required)
    writer.header(sip::HeaderId::Require, "100rel");
}

// RFC 5009: what the caller says of early media goes on within the trust domain.
void add_early_media(sip::Writer& writer, const Setup& setup) {
  if (!policy_of(setup, Side::Callee).identity.trusted || !policy_of(setup, Side::Caller).identity.trusted)
    return;
  const std::string_view wish = setup.invite.request.header(sip::HeaderId::PEarlyMedia);
  if (!wish.empty()) writer.header(sip::HeaderId::PEarlyMedia, wish);
}

void finish(const Context& context, sip::Writer& writer, const RequestParts& parts) {
  if (!parts.session_expires.empty()) {
    writer.header(sip::HeaderId::Supported, supported_options(bit(Option::Timer)));
    writer.header(sip::HeaderId::SessionExpires, parts.session_expires);
    if (parts.min_se.count() > 0)
      writer.header(sip::HeaderId::MinSe, static_cast<std::uint64_t>(parts.min_se.count()));
  }
  if (parts.cause) add_reason(writer, *parts.cause);
  add_lines(writer, parts.extra);
  if (!parts.name.empty()) writer.header(parts.name, parts.value);
  if (!context.settings.server.empty()) writer.header(sip::HeaderId::UserAgent, context.settings.server);
  if (parts.body.empty())
    writer.finish();
  else
    writer.finish(parts.content_type, parts.body);
}

void ack_dialog(Context& context, sip::Dialog& dialog, std::uint32_t cseq, std::string_view body) {
  const sip::Flow flow = flow_of(context, dialog);
  sip::Writer writer(context.scratch);
  dialog.begin_request(writer, sip::Method::Ack, context.transactions.new_branch(),
                       context.sender.sent_by(flow.listener), cseq, flow.transport);
  finish(context, writer, {{}, "application/sdp", body});
  if (writer.ok()) context.sender.send(flow, context.scratch);
}

void await_bye(Context& context, const Leg& leg, Side side, sip::TransactionId id) {
  if (id == 0) return;
  context.table.bind(leg.tag, {nullptr, side});
  context.table.expect(id, {Purpose::Bye, nullptr, side, leg.tag});
}

}  // namespace

sip::TransactionId send_within(Context& context, sip::Dialog& dialog, sip::Method method,
                               const RequestParts& parts, std::optional<std::uint32_t> cseq,
                               const std::shared_ptr<FarAuth>& auth) {
  const sip::Flow flow = flow_of(context, dialog);
  const std::string branch = context.transactions.new_branch();
  std::string bytes;
  bytes.reserve(kUsualRequestOctets + parts.body.size());
  sip::Writer writer(bytes);
  dialog.begin_request(writer, method, branch, context.sender.sent_by(flow.listener), cseq, flow.transport);
  if (method == sip::Method::Invite || method == sip::Method::Update)
    writer.header(sip::HeaderId::Allow, kAllowedMethods);
  authorize(context, auth, writer, method, dialog.remote_target(), flow);
  finish(context, writer, parts);
  if (!writer.ok()) {
    context.log.warning("calls.request_unwritable", {{"method", sip::to_string(method)}});
    return 0;
  }
  std::string kept = auth ? bytes : std::string();
  const auto id = context.transactions.send_request(method, branch, std::move(bytes), flow);
  keep_request(context, auth, id, std::move(kept), flow);
  return id;
}

bool send_far_invite(Context& context, Call& call, std::string_view called, std::string_view body) {
  Attempt& attempt = call.setup->attempt;
  Leg& leg = call.leg(Side::Callee);
  const std::string branch = context.transactions.new_branch();
  const std::string_view sent_by = context.sender.sent_by(attempt.flow.listener);
  const auto hops = call.setup->invite.request.max_forwards().value_or(context.settings.max_forwards);
  const std::string target = uri_host(*call.setup);

  std::string bytes;
  bytes.reserve(kUsualRequestOctets + body.size());
  sip::Writer writer(bytes);
  std::string uri = "sip:";
  uri += called;
  uri += '@';
  uri += target;
  if (callee_policy(*call.setup, *attempt.candidate).user_phone) uri += ";user=phone";
  const domain::Binding* binding = binding_of(*call.setup, attempt.candidate);
  if (binding != nullptr) uri = target_of(*binding, called);
  writer.request(sip::Method::Invite, uri);
  writer.header(sip::HeaderId::Via, {sip::via_protocol(attempt.flow.transport), sent_by, ";branch=", branch,
                                     ";rport", context.settings.overload.ask_far_ends ? kOverloadOffer : ""});
  if (binding != nullptr) add_routes(writer, *binding);
  writer.header(sip::HeaderId::MaxForwards,
                std::uint64_t{std::min<std::uint8_t>(hops - 1, context.settings.max_forwards)});
  const std::string_view display = attempt.display;
  const std::string tag = tag_text(leg.tag);
  if (display.empty())
    writer.header(sip::HeaderId::From, {"<", attempt.from_uri, ">;tag=", tag});
  else
    writer.header(sip::HeaderId::From, {"\"", display, "\" <", attempt.from_uri, ">;tag=", tag});
  writer.header(sip::HeaderId::To, {"<", attempt.to_uri, ">"});
  writer.header(sip::HeaderId::CallId, attempt.far_call_id);
  writer.header(sip::HeaderId::CSeq, {std::to_string(++attempt.cseq), " INVITE"});
  writer.header(sip::HeaderId::Contact, {"<sip:", sent_by, sip::uri_transport(attempt.flow.transport), ">"});
  writer.header(sip::HeaderId::Allow, kAllowedMethods);
  add_options(writer, *call.setup, leg.options);
  add_identity(writer, call, sent_by);
  offer_session_timer(call, writer);
  add_authenticity(writer, *call.setup);
  add_early_media(writer, *call.setup);
  const auto located = call.emergency ? add_location(context, call, writer, body) : std::nullopt;
  finish(context, writer,
         located ? RequestParts{{}, located->content_type, located->body}
                 : RequestParts{{}, "application/sdp", body});
  if (!writer.ok()) return false;

  leg.invite_cseq = attempt.cseq;
  leg.acked = false;
  leg.ack_body.clear();
  std::string kept = leg.auth ? bytes : std::string();
  leg.invite = context.transactions.send_request(sip::Method::Invite, branch, std::move(bytes), attempt.flow);
  keep_request(context, leg.auth, leg.invite, std::move(kept), attempt.flow);
  if (leg.invite == 0) return false;
  context.table.expect(leg.invite, {Purpose::FarInvite, &call, Side::Callee, leg.tag});
  return true;
}

sip::TransactionId send_in_dialog(Context& context, Leg& leg, sip::Method method, const RequestParts& parts) {
  return leg.dialog ? send_within(context, *leg.dialog, method, parts, {}, leg.auth) : 0;
}

void send_ack(Context& context, Leg& leg) {
  if (!leg.dialog) return;
  leg.acked = true;
  ack_dialog(context, *leg.dialog, leg.invite_cseq, leg.ack_body);
}

void send_bye(Context& context, Leg& leg, Side side, const Cause& cause) {
  if (!leg.dialog) return;
  // A 2xx whose ACK was to carry the answer: it is ACKed without one before the BYE.
  if (leg.invite != 0 && !leg.acked) send_ack(context, leg);
  await_bye(context, leg, side, send_within(context, *leg.dialog, sip::Method::Bye, {cause}, {}, leg.auth));
}

void send_recovered_bye(Context& context, Leg& leg, Side side, const Cause& cause) {
  if (!leg.dialog) return;
  const std::uint32_t cseq = leg.dialog->local_cseq() + kCSeqLeap;
  await_bye(context, leg, side, send_within(context, *leg.dialog, sip::Method::Bye, {cause}, cseq));
}

void reject_answer(Context& context, const sip::Message& response, const sip::Flow& from,
                   const Cause& cause) {
  // From and To of the response are ours and theirs, as the INVITE had them.
  sip::Dialog dialog =
      sip::Dialog::as_uac(response, std::string(response.from().uri), std::string(response.to().uri),
                          contact_of(context, from), response.cseq().number, from);
  ack_dialog(context, dialog, response.cseq().number, {});
  const auto id = send_within(context, dialog, sip::Method::Bye, {cause});
  if (id != 0) context.transactions.abandon(id);
}

}  // namespace warp::calls
