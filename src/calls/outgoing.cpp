#include "outgoing.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "challenges.h"
#include "registered.h"
#include "responses.h"

namespace warp::calls {

namespace {

constexpr std::size_t kUsualOctets = 1024;
constexpr std::uint32_t kCSeqLeap = 1000;

// Over the dialog's own listener when the next hop is of its family.
sip::Flow flow_of(const Context& context, const sip::Dialog& dialog) {
  const domain::SocketAddress hop = dialog.next_hop();
  sip::Flow flow = dialog.flow();
  if (hop == flow.remote) return flow;
  if (hop.ip.v6 != flow.local.ip.v6) {
    const auto other = context.sender.flow_to(hop);
    return other ? *other : flow;
  }
  flow.remote = hop;
  return flow;
}

// RFC 3325 §7: an identity that its owner wants withheld does not leave the trust domain of the carriers.
void add_identity(const Context& context, sip::Writer& writer, const Setup& setup, const sip::Flow& flow) {
  const Identity& identity = setup.identity;
  const bool to_carrier = setup.attempt.candidate->provider != nullptr;
  const bool withheld = identity.privacy.find("id") != std::string::npos;
  if (!identity.asserted.empty() && (to_carrier || !withheld))
    writer.header(sip::HeaderId::PAssertedIdentity,
                  {"<sip:", identity.asserted, "@", context.sender.sent_by(flow.listener), ">"});
  if (!identity.privacy.empty()) writer.header(sip::HeaderId::Privacy, identity.privacy);
}

void finish(const Context& context, sip::Writer& writer, const RequestParts& parts) {
  if (parts.cause) add_reason(writer, *parts.cause);
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
                       context.sender.sent_by(flow.listener), cseq);
  finish(context, writer, {{}, "application/sdp", body});
  if (writer.ok()) context.sender.send(flow, context.scratch);
}

sip::TransactionId send(Context& context, sip::Dialog& dialog, sip::Method method, const RequestParts& parts,
                        std::optional<std::uint32_t> cseq = {}, const std::shared_ptr<FarAuth>& auth = {}) {
  const sip::Flow flow = flow_of(context, dialog);
  const std::string branch = context.transactions.new_branch();
  std::string bytes;
  bytes.reserve(kUsualOctets + parts.body.size());
  sip::Writer writer(bytes);
  dialog.begin_request(writer, method, branch, context.sender.sent_by(flow.listener), cseq);
  if (method == sip::Method::Invite) writer.header(sip::HeaderId::Allow, kAllowedMethods);
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

void await_bye(Context& context, const Leg& leg, Side side, sip::TransactionId id) {
  if (id == 0) return;
  context.table.bind(leg.tag, {nullptr, side});
  context.table.expect(id, {Purpose::Bye, nullptr, side, leg.tag});
}

}  // namespace

bool send_far_invite(Context& context, Call& call, std::string_view called, std::string_view body) {
  Attempt& attempt = call.setup->attempt;
  Leg& leg = call.leg(Side::Callee);
  const std::string branch = context.transactions.new_branch();
  const std::string_view sent_by = context.sender.sent_by(attempt.flow.listener);
  const auto hops = call.setup->invite.request.max_forwards().value_or(context.settings.max_forwards);
  const std::string target = attempt.flow.remote.to_string();

  std::string bytes;
  bytes.reserve(kUsualOctets + body.size());
  sip::Writer writer(bytes);
  std::string uri = "sip:";
  uri += called;
  uri += '@';
  uri += target;
  const domain::Binding* binding = binding_of(*call.setup, attempt.candidate);
  if (binding != nullptr) uri = target_of(*binding, called);
  writer.request(sip::Method::Invite, uri);
  writer.header(sip::HeaderId::Via, {"SIP/2.0/UDP ", sent_by, ";branch=", branch, ";rport"});
  if (binding != nullptr) add_routes(writer, *binding);
  writer.header(sip::HeaderId::MaxForwards,
                std::uint64_t{std::min<std::uint8_t>(hops - 1, context.settings.max_forwards)});
  const std::string& display = call.setup->identity.display;
  const std::string tag = tag_text(leg.tag);
  if (display.empty())
    writer.header(sip::HeaderId::From, {"<", attempt.from_uri, ">;tag=", tag});
  else
    writer.header(sip::HeaderId::From, {"\"", display, "\" <", attempt.from_uri, ">;tag=", tag});
  writer.header(sip::HeaderId::To, {"<", attempt.to_uri, ">"});
  writer.header(sip::HeaderId::CallId, attempt.far_call_id);
  writer.header(sip::HeaderId::CSeq, "1 INVITE");
  writer.header(sip::HeaderId::Contact, {"<sip:", sent_by, ">"});
  writer.header(sip::HeaderId::Allow, kAllowedMethods);
  add_identity(context, writer, *call.setup, attempt.flow);
  finish(context, writer, {{}, "application/sdp", body});
  if (!writer.ok()) return false;

  leg.invite_cseq = 1;
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
  return leg.dialog ? send(context, *leg.dialog, method, parts, {}, leg.auth) : 0;
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
  await_bye(context, leg, side, send(context, *leg.dialog, sip::Method::Bye, {cause}, {}, leg.auth));
}

void send_recovered_bye(Context& context, Leg& leg, Side side, const Cause& cause) {
  if (!leg.dialog) return;
  const std::uint32_t cseq = leg.dialog->local_cseq() + kCSeqLeap;
  await_bye(context, leg, side, send(context, *leg.dialog, sip::Method::Bye, {cause}, cseq));
}

void reject_answer(Context& context, const sip::Message& response, const sip::Flow& from,
                   const Cause& cause) {
  // From and To of the response are ours and theirs, as the INVITE had them.
  sip::Dialog dialog =
      sip::Dialog::as_uac(response, std::string(response.from().uri), std::string(response.to().uri),
                          contact_of(context, from), response.cseq().number, from);
  ack_dialog(context, dialog, response.cseq().number, {});
  const auto id = send(context, dialog, sip::Method::Bye, {cause});
  if (id != 0) context.transactions.abandon(id);
}

}  // namespace warp::calls
