#include "warp/sip/dialog/dialog.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

namespace warp::sip {
namespace {

// All Record-Route values, topmost first.
std::vector<std::string> record_route(const Message& message) {
  std::vector<std::string> routes;
  for (const auto& header : message.headers()) {
    if (header.id != HeaderId::RecordRoute) continue;
    for (const auto value : split_list(header.value))
      if (!value.empty()) routes.emplace_back(value);
  }
  return routes;
}

// The first Contact when it is a SIP URI.
std::optional<std::string> target_of(const Message& message) {
  const auto contact = message.contact();
  if (!contact) return std::nullopt;
  const auto uri = Uri::parse(contact->uri);
  if (!uri || uri->scheme == Uri::Scheme::Tel) return std::nullopt;
  return std::string(contact->uri);
}

std::string_view route_uri(std::string_view route) {
  const auto address = parse_name_addr(route);
  return address ? address->uri : std::string_view();
}

bool is_loose(std::string_view route) {
  const auto uri = Uri::parse(route_uri(route));
  return uri && uri->param("lr");
}

bool carries_contact(Method method) {
  return method == Method::Invite || method == Method::Update || method == Method::Subscribe ||
         method == Method::Notify || method == Method::Refer;
}

std::optional<SipTransport> transport_named(const Uri& uri) {
  const auto named = uri.param("transport");
  const auto transport = named ? transport_of(*named) : SipTransport::Udp;
  if (uri.scheme != Uri::Scheme::Sips || !transport) return transport;
  return *transport == SipTransport::Ws ? SipTransport::Wss
                                        : SipTransport::Tls;  // RFC 3261 §26.2.2, RFC 7118
}

// Where `text` is reached without asking a name server.
std::optional<Target> numeric_target(std::string_view text) {
  const auto uri = Uri::parse(text);
  if (!uri || uri->scheme == Uri::Scheme::Tel) return std::nullopt;
  const auto transport = transport_named(*uri);
  const auto ip = domain::IpAddress::parse(uri->param("maddr").value_or(uri->host));
  if (!ip || !transport) return std::nullopt;
  return Target{{*ip, uri->port != 0 ? uri->port : default_port(*transport)}, *transport};
}

// What a peer of `flow` is called by when its Contact is of no use.
std::string uri_of(const Flow& flow) {
  return "sip:" + flow.remote.to_string() + std::string(uri_transport(flow.transport));
}

// "<uri>;tag=…"; a name-addr is taken as it is.
void write_address(Writer& writer, HeaderId id, std::string_view uri, std::string_view tag) {
  const bool bare = uri.find('<') == std::string_view::npos;
  writer.header(id, {bare ? "<" : "", uri, bare ? ">" : "", tag.empty() ? "" : ";tag=", tag});
}

}  // namespace

Dialog Dialog::as_uas(const Message& invite, std::string local_tag, std::string contact, const Flow& flow) {
  Dialog dialog;
  dialog.call_id_ = invite.call_id();
  dialog.local_tag_ = std::move(local_tag);
  dialog.remote_tag_ = invite.from().tag;
  dialog.local_uri_ = invite.to().uri;
  dialog.remote_uri_ = invite.from().uri;
  dialog.remote_target_ = target_of(invite).value_or(uri_of(flow));
  dialog.contact_ = std::move(contact);
  dialog.route_set_ = record_route(invite);
  dialog.remote_cseq_ = invite.cseq().number;
  dialog.flow_ = flow;
  return dialog;
}

Dialog Dialog::as_uac(const Message& response, std::string local_uri, std::string remote_uri,
                      std::string contact, std::uint32_t local_cseq, const Flow& flow) {
  Dialog dialog;
  dialog.call_id_ = response.call_id();
  dialog.local_tag_ = response.from().tag;
  dialog.remote_tag_ = response.to().tag;
  dialog.local_uri_ = std::move(local_uri);
  dialog.remote_uri_ = std::move(remote_uri);
  dialog.remote_target_ = target_of(response).value_or(uri_of(flow));
  dialog.contact_ = std::move(contact);
  dialog.route_set_ = record_route(response);
  std::reverse(dialog.route_set_.begin(), dialog.route_set_.end());
  dialog.local_cseq_ = local_cseq;
  dialog.flow_ = flow;
  return dialog;
}

bool Dialog::matches(const Message& message) const {
  const auto& ours = message.is_request() ? message.to() : message.from();
  const auto& theirs = message.is_request() ? message.from() : message.to();
  return message.call_id() == call_id_ && ours.tag == local_tag_ && theirs.tag == remote_tag_;
}

bool Dialog::accept_cseq(std::uint32_t number) {
  if (remote_cseq_ && number <= *remote_cseq_) return false;
  remote_cseq_ = number;
  return true;
}

void Dialog::refresh_target(const Message& message) {
  if (auto target = target_of(message)) remote_target_ = std::move(*target);
}

void Dialog::continue_from(const Dialog& early) {
  local_cseq_ = std::max(local_cseq_, early.local_cseq_);
  if (!remote_cseq_) remote_cseq_ = early.remote_cseq_;
}

std::uint32_t Dialog::begin_request(Writer& writer, Method method, std::string_view branch,
                                    std::string_view sent_by, std::optional<std::uint32_t> cseq,
                                    std::optional<SipTransport> transport) {
  const auto number = cseq ? *cseq : ++local_cseq_;
  // RFC 3261 §12.2.1.1: a strict first hop becomes the Request-URI and the target goes to the end.
  const bool strict = !route_set_.empty() && !is_loose(route_set_.front());
  writer.request(method, strict ? route_uri(route_set_.front()) : std::string_view(remote_target_));
  writer.header(HeaderId::Via,
                {via_protocol(transport.value_or(flow_.transport)), sent_by, ";branch=", branch, ";rport"});
  for (std::size_t i = strict ? 1 : 0; i < route_set_.size(); ++i)
    writer.header(HeaderId::Route, route_set_[i]);
  if (strict) writer.header(HeaderId::Route, {"<", remote_target_, ">"});
  writer.header(HeaderId::MaxForwards, 70);
  write_address(writer, HeaderId::From, local_uri_, local_tag_);
  write_address(writer, HeaderId::To, remote_uri_, remote_tag_);
  writer.header(HeaderId::CallId, call_id_);
  writer.header(HeaderId::CSeq, {std::to_string(number), " ", to_string(method)});
  if (carries_contact(method) && !contact_.empty()) {
    const bool bare = contact_.find('<') == std::string::npos;
    writer.header(HeaderId::Contact, {bare ? "<" : "", contact_, bare ? ">" : ""});
  }
  return number;
}

Target Dialog::next_target() const {
  const auto uri = route_set_.empty() ? std::string_view(remote_target_) : route_uri(route_set_.front());
  return numeric_target(uri).value_or(Target{flow_.remote, flow_.transport});
}

domain::SocketAddress Dialog::next_hop() const {
  const auto target = next_target();
  return target.transport == flow_.transport ? target.address : flow_.remote;
}

}  // namespace warp::sip
