#include "requests.h"

#include "warp/sip/message/writer.h"

namespace warp::sip {
namespace {

// What both have in common: the INVITE's Request-URI, its own Via, route, From, Call-ID and CSeq number; To
// as `to` has it.
void begin(Writer& writer, Method method, const Message& invite, const Message& to) {
  writer.request(method, invite.request_uri());
  writer.header(HeaderId::Via, invite.header(HeaderId::Via));
  writer.copy(invite, HeaderId::Route);
  writer.header(HeaderId::MaxForwards, 70);
  writer.copy(invite, HeaderId::From);
  writer.copy(to, HeaderId::To);
  writer.copy(invite, HeaderId::CallId);
  writer.header(HeaderId::CSeq, {std::to_string(invite.cseq().number), " ", to_string(method)});
}

std::string finish(Writer& writer, std::string& out) {
  writer.finish();
  return writer.ok() ? std::move(out) : std::string();
}

}  // namespace

std::string build_ack(std::string_view invite, const Message& response) {
  const auto request = Message::parse(invite);
  if (!request) return {};
  std::string out;
  Writer writer(out);
  begin(writer, Method::Ack, *request, response);
  return finish(writer, out);
}

std::string build_cancel(std::string_view invite, std::string_view reason) {
  const auto request = Message::parse(invite);
  if (!request) return {};
  std::string out;
  Writer writer(out);
  begin(writer, Method::Cancel, *request, *request);
  if (!reason.empty()) writer.header(HeaderId::Reason, reason);
  return finish(writer, out);
}

std::string branch_of(std::string_view request) {
  const auto message = Message::parse(request);
  return message ? std::string(message->via().branch) : std::string();
}

bool readdress(std::string& request, SipTransport transport, std::string_view sent_by) {
  constexpr std::string_view kVia = "\r\nVia: ";
  const auto at = request.find(kVia);
  const auto end = request.find_first_of(";\r", at == std::string::npos ? at : at + kVia.size());
  if (end == std::string::npos || request[end] != ';') return false;
  std::string own(via_protocol(transport));
  own += sent_by;
  request.replace(at + kVia.size(), end - at - kVia.size(), own);
  return true;
}

}  // namespace warp::sip
