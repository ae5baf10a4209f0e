#include "warp/sip/transport/response_path.h"

#include "warp/base/text.h"
#include "warp/sip/message/writer.h"

namespace warp::sip {
namespace {

std::string tag_of(std::string_view call_id, std::string_view from_tag, const Via& via, std::uint32_t cseq) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto hash = stable_hash(call_id) ^ stable_hash(from_tag) * 3 ^
                    stable_hash(via.branch.empty() ? via.host : via.branch) * 5 ^
                    cseq * 0x9E3779B97F4A7C15ull;
  std::string tag = "s";
  for (int shift = 60; shift >= 0; shift -= 4)
    tag += kHex[hash >> shift & 0xf];
  return tag;
}

}  // namespace

Flow reply_flow(const Via& via, const Flow& from) {
  Flow to = from;
  // A stream's answer goes back by its connection; the transport finds the other way when that is gone.
  if (!via.rport_asked && !from.reliable())
    to.remote.port = via.port != 0 ? via.port : default_port(from.transport);
  return to;
}

ViaStamp via_stamp(const Via& via, const Flow& from) {
  if (via.rport_asked) return {from.remote.ip.to_string(), from.remote.port};
  const auto host = domain::IpAddress::parse(via.host);
  if (host && *host == from.remote.ip) return {};
  return {from.remote.ip.to_string(), 0};
}

std::string stateless_tag(const Message& request) {
  return tag_of(request.call_id(), request.from().tag, request.via(), request.cseq().number);
}

std::string stateless_tag(const Brief& request) {
  return tag_of(request.call_id, request.from_tag, request.via, request.cseq_number);
}

bool write_stateless(std::string& out, const Message& request, const Flow& from, std::uint16_t status,
                     std::string_view phrase, ExtraHeader extra, std::string_view to_tag) {
  if (!request.is_request() || request.method() == Method::Ack) return false;
  const auto stamp = via_stamp(request, from);
  Writer writer(out);
  writer.response_to(request, status, phrase, to_tag.empty() ? stateless_tag(request) : std::string(to_tag),
                     stamp.received, stamp.rport);
  if (!extra.name.empty()) writer.header(extra.name, extra.value);
  writer.finish();
  return writer.ok();
}

}  // namespace warp::sip
