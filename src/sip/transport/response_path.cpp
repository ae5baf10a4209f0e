#include "warp/sip/transport/response_path.h"

#include "warp/base/text.h"
#include "warp/sip/message/writer.h"

namespace warp::sip {
namespace {}  // namespace

Flow reply_flow(const Message& request, const Flow& from) {
  Flow to = from;
  const auto& via = request.via();
  // A stream's answer goes back by its connection; the transport finds the other way when that is gone.
  if (!via.rport_asked && !from.reliable())
    to.remote.port = via.port != 0 ? via.port : default_port(from.transport);
  return to;
}

ViaStamp via_stamp(const Message& request, const Flow& from) {
  const auto& via = request.via();
  if (via.rport_asked) return {from.remote.ip.to_string(), from.remote.port};
  const auto host = domain::IpAddress::parse(via.host);
  if (host && *host == from.remote.ip) return {};
  return {from.remote.ip.to_string(), 0};
}

std::string stateless_tag(const Message& request) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto& via = request.via();
  const auto hash = stable_hash(request.call_id()) ^ stable_hash(request.from().tag) * 3 ^
                    stable_hash(via.branch.empty() ? via.host : via.branch) * 5 ^
                    request.cseq().number * 0x9E3779B97F4A7C15ull;
  std::string tag = "s";
  for (int shift = 60; shift >= 0; shift -= 4)
    tag += kHex[hash >> shift & 0xf];
  return tag;
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
