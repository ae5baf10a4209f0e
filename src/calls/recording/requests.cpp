#include "recording/requests.h"

#include <utility>

#include "announce/recording.h"
#include "challenges.h"
#include "outgoing.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::string_view kSourceOfRecordings = ";+sip.src";  // RFC 7866 §6.1.1
constexpr std::string_view kSiprecOption = "siprec";
constexpr std::size_t kUsualInviteOctets = 4096;

std::shared_ptr<FarAuth> credentials_for(const RecorderTarget& target, const domain::IpAddress& ip) {
  if (target.username.empty()) return nullptr;
  auto auth = std::make_shared<FarAuth>();
  const domain::Cidr peer{ip, static_cast<std::uint8_t>(ip.v6 ? 128 : 32)};
  auth->credentials.push_back({target.username, target.realm, target.secret, {peer}});
  return auth;
}

std::string uri_of_recorder(const RecorderTarget& target, const sip::LocatedTarget& address) {
  std::string uri = target.destination.sips ? "sips:" : "sip:";
  if (!target.user.empty()) uri.append(target.user).append("@");
  const bool v6 = target.destination.host.find(':') != std::string::npos;
  uri.append(v6 ? "[" : "").append(target.destination.host).append(v6 ? "]" : "");
  if (target.destination.port != 0) uri.append(":").append(std::to_string(target.destination.port));
  if (!target.destination.sips) uri.append(sip::uri_transport(address.transport));
  return uri;
}

void expect_recorder(Context& context, RecorderDialog& dialog, sip::TransactionId id) {
  context.table.forget(dialog.invite);
  dialog.invite = id;
  dialog.asking = true;
  context.table.expect(id, {Purpose::Recorder, nullptr, Side::Callee, dialog.tag});
}

}  // namespace

std::unique_ptr<RecorderDialog> dial_recorder(Context& context, const Call& call,
                                              const RecorderTarget& target,
                                              const sip::LocatedTarget& address) {
  std::string_view tls_name;
  if (domain::is_secure(address.transport)) tls_name = target.destination.host;
  const auto flow =
      context.sender.flow_towards({address.address, address.transport, tls_name, target.tls_profile});
  if (!flow) return nullptr;
  const std::string_view own = context.sender.sent_by(flow->listener);
  auto dialog = std::make_unique<RecorderDialog>();
  dialog->tag = new_tag(context.ids);
  dialog->call = call.serial;
  dialog->flow = *flow;
  const auto high = context.ids.next64();
  const auto low = context.ids.next64();
  dialog->call_id = sip::make_call_id(context.shard, high, low, own.substr(0, own.rfind(':')));
  dialog->own_uri.append("sip:").append(own);
  dialog->uri = uri_of_recorder(target, address);
  dialog->contact.append("<sip:").append(own).append(sip::uri_transport(flow->transport)).append(">");
  dialog->contact.append(kSourceOfRecordings);
  dialog->auth = credentials_for(target, flow->remote.ip);
  return dialog;
}

bool invite_recorder(Context& context, RecorderDialog& dialog, const RecorderBody& body) {
  if (body.text.empty()) return false;
  const std::string branch = context.transactions.new_branch();
  std::string bytes;
  bytes.reserve(kUsualInviteOctets);
  sip::Writer writer(bytes);
  writer.request(sip::Method::Invite, dialog.uri);
  writer.header(sip::HeaderId::Via,
                {sip::via_protocol(dialog.flow.transport), context.sender.sent_by(dialog.flow.listener),
                 ";branch=", branch, ";rport"});
  writer.header(sip::HeaderId::MaxForwards, std::uint64_t{context.settings.max_forwards});
  writer.header(sip::HeaderId::From, {"<", dialog.own_uri, ">;tag=", tag_text(dialog.tag)});
  writer.header(sip::HeaderId::To, {"<", dialog.uri, ">"});
  writer.header(sip::HeaderId::CallId, dialog.call_id);
  writer.header(sip::HeaderId::CSeq, "1 INVITE");
  writer.header(sip::HeaderId::Contact, dialog.contact);
  writer.header(sip::HeaderId::Allow, kAllowedMethods);
  writer.header(sip::HeaderId::Require, kSiprecOption);
  writer.header(sip::HeaderId::Accept, "application/sdp, application/rs-metadata-request");
  if (!context.settings.server.empty()) writer.header(sip::HeaderId::UserAgent, context.settings.server);
  writer.finish(body.content_type, body.text);
  if (!writer.ok()) return false;
  std::string kept = dialog.auth ? bytes : std::string();
  const auto id =
      context.transactions.send_request(sip::Method::Invite, branch, std::move(bytes), dialog.flow);
  if (id == 0) return false;
  keep_request(context, dialog.auth, id, std::move(kept), dialog.flow);
  expect_recorder(context, dialog, id);
  return true;
}

bool reinvite_recorder(Context& context, RecorderDialog& dialog, const RecorderBody& body) {
  if (body.text.empty()) return false;
  RequestParts parts;
  parts.content_type = body.content_type;
  parts.body = body.text;
  parts.name = sip::canonical_name(sip::HeaderId::Require);
  parts.value = kSiprecOption;
  const auto id = send_within(context, *dialog.dialog, sip::Method::Invite, parts, {}, dialog.auth);
  if (id == 0) return false;
  expect_recorder(context, dialog, id);
  return true;
}

void leave_recorder(Context& context, RecorderDialog& dialog, Reason reason) {
  const Cause cause{reason};
  const Tag tag = dialog.tag;
  context.wheel.cancel(dialog.timer);
  if (dialog.dialog) {
    context.table.forget(dialog.invite);
    const auto bye = send_within(context, *dialog.dialog, sip::Method::Bye, {cause}, {}, dialog.auth);
    if (bye != 0)
      context.table.expect(bye, {Purpose::Bye, nullptr, Side::Callee, tag});
    else
      context.table.unbind(tag);
  } else {
    if (dialog.asking) {
      context.transactions.cancel(dialog.invite, reason_value(cause));
      context.table.expect(dialog.invite, {Purpose::AbandonedInvite, nullptr, Side::Callee, tag, reason});
    }
    context.table.unbind(tag);
  }
  context.recorders.live.erase(tag);
}

Call* recorded_call(Context& context, const RecorderDialog& dialog) {
  Call* call = context.table.find(dialog.call);
  const bool ours = call != nullptr && call->recorded && call->recorded->siprec &&
                    call->recorded->siprec->dialog == dialog.tag;
  return ours ? call : nullptr;
}

RecorderBody update_for(Context& context, Call& call, const siprec::Metadata& metadata) {
  const Siprec& siprec = *call.recorded->siprec;
  return recorder_body(describe_to_recorder(siprec.told, siprec.sdp), metadata, context.ids.hex(16));
}

void recorder_asked_again(Context& context, Tag tag, sip::TransactionId next, sip::Method method,
                          std::uint32_t cseq) {
  RecorderDialog* dialog = context.recorders.find(tag);
  if (dialog == nullptr) return;
  if (method == sip::Method::Invite) dialog->invite = next;
  if (dialog->dialog) dialog->dialog->used_cseq(cseq);
}

}  // namespace warp::calls
