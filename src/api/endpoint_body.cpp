#include "endpoint_body.h"

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

#include "formats.h"

namespace warp::api {
namespace {

using domain::IpAddress;
using domain::SipTransport;

struct Target {
  domain::SocketAddress address;
  SipTransport transport = SipTransport::Udp;
};

Failure invalid(std::string message, const char* field) {
  Failure failure{ErrorCode::ValidationError, std::move(message)};
  failure.details["field"] = field;
  return failure;
}

std::uint16_t usual_port(SipTransport transport) {
  return transport == SipTransport::Tls ? 5061 : 5060;
}

std::optional<Failure> check_address(const IpAddress& ip, bool customer, const char* field) {
  const auto first = ip.bytes[0];
  const bool multicast = ip.v6 ? first == 0xff : first >= 224;
  const bool loopback = ip.v6 ? ip == *IpAddress::parse("::1") : first == 127;
  if (ip.is_unspecified() || multicast) return invalid("Calls cannot be delivered to this address.", field);
  if (loopback && customer) return invalid("Only operators may deliver calls to this machine.", field);
  return std::nullopt;
}

Outcome<Target> target_of_uri(const std::string& text, bool customer) {
  const auto uri = sip::Uri::parse(text);
  if (!uri || uri->scheme == sip::Uri::Scheme::Tel)
    return invalid("This is no sip: or sips: URI.", "raw_uri");
  const auto ip = IpAddress::parse(uri->host);
  if (!ip) return invalid("The host of the URI must be an IP address.", "raw_uri");
  if (auto wrong = check_address(*ip, customer, "raw_uri")) return *wrong;
  Target target;
  const bool sips = uri->scheme == sip::Uri::Scheme::Sips;
  const auto transport = uri->param("transport").value_or(sips ? "tls" : "udp");
  if (iequals(transport, "tls") || (sips && iequals(transport, "tcp")))
    target.transport = SipTransport::Tls;
  else if (iequals(transport, "tcp"))
    target.transport = SipTransport::Tcp;
  else if (!iequals(transport, "udp") || sips)
    return invalid("The transport of the URI must be udp, tcp or tls.", "raw_uri");
  target.address = {*ip, uri->port ? uri->port : usual_port(target.transport)};
  return target;
}

Outcome<Target> target_of_host(const Json& body, bool customer) {
  Target target;
  if (const auto name = take<std::string>(body, "transport"))
    target.transport = *domain::parse_sip_transport(*name);
  const auto ip = IpAddress::parse(body["host"].get<std::string>());
  if (!ip) return invalid("The host must be an IP address.", "host");
  if (auto wrong = check_address(*ip, customer, "host")) return *wrong;
  target.address = {*ip, take<std::uint16_t>(body, "port").value_or(usual_port(target.transport))};
  return target;
}

std::vector<Field> body_fields() {
  return {text("host", 64).says("An IP address. Either this or `raw_uri`."),
          integer("port", 1, 65'535).says("Default 5060, with TLS 5061."),
          text("transport").one_of({"UDP", "TCP", "TLS"}),
          text("raw_uri", 256).says("A sip: or sips: URI with an IP address."),
          integer("priority", 0, 65'535).says("Lower is tried first."),
          integer("weight", 0, 65'535).says("Share within a priority."),
          boolean("enabled"),
          description_field()};
}

}  // namespace

Schema new_endpoint_schema() {
  return {"NewEndpoint", body_fields()};
}

Schema endpoint_patch_schema() {
  return {"EndpointPatch", body_fields()};
}

Schema endpoint_schema(const char* owner_name) {
  auto fields = body_fields();
  fields.insert(fields.begin(), uuid(owner_name));
  fields.insert(fields.begin(), integer("id"));
  for (auto& field : fields)
    if (field.name == "raw_uri") field.nullable = true;
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {owner_name == std::string_view("trunk_id") ? "TrunkEndpoint" : "ProviderEndpoint", fields};
}

Json show(const store::Endpoint& endpoint, const char* owner_name) {
  Json out;
  out["id"] = endpoint.id;
  out[owner_name] = endpoint.owner.to_string();
  out["host"] = endpoint.address.ip.to_string();
  out["port"] = endpoint.address.port;
  out["transport"] = domain::to_string(endpoint.transport);
  out["raw_uri"] = value_or_null(endpoint.raw_uri);
  out["priority"] = endpoint.priority;
  out["weight"] = endpoint.weight;
  out["enabled"] = endpoint.enabled;
  out["description"] = endpoint.description;
  out["created_at"] = timestamp(endpoint.created_at);
  out["updated_at"] = timestamp(endpoint.updated_at);
  return out;
}

Outcome<store::NewEndpoint> read_endpoint(const Json& body, bool customer) {
  const auto raw = take<std::string>(body, "raw_uri");
  if (raw.has_value() == has(body, "host"))
    return invalid("Exactly one of host and raw_uri is needed.", "host");
  if (raw && (has(body, "port") || has(body, "transport")))
    return invalid("Port and transport stand in the URI.", "raw_uri");
  const auto target = raw ? target_of_uri(*raw, customer) : target_of_host(body, customer);
  if (!target) return target.error();
  store::NewEndpoint endpoint;
  endpoint.address = target->address;
  endpoint.transport = target->transport;
  endpoint.raw_uri = raw;
  endpoint.priority = take<std::uint32_t>(body, "priority").value_or(0);
  endpoint.weight = take<std::uint32_t>(body, "weight").value_or(1);
  endpoint.enabled = take<bool>(body, "enabled").value_or(true);
  endpoint.description = take<std::string>(body, "description").value_or("");
  return endpoint;
}

Outcome<store::EndpointPatch> read_endpoint_patch(const Json& body, const store::Endpoint& before,
                                                  bool customer) {
  store::EndpointPatch patch;
  const auto raw = take<std::string>(body, "raw_uri");
  const bool by_host = has(body, "host") || has(body, "port") || has(body, "transport");
  if (raw && by_host) return invalid("Either raw_uri, or host, port and transport.", "raw_uri");
  if (raw || by_host) {
    // What a change by host leaves out stays as it was.
    auto merged = body;
    if (!has(merged, "host")) merged["host"] = before.address.ip.to_string();
    if (!has(merged, "transport")) merged["transport"] = domain::to_string(before.transport);
    if (!has(merged, "port") && !has(body, "transport")) merged["port"] = before.address.port;
    const auto target = raw ? target_of_uri(*raw, customer) : target_of_host(merged, customer);
    if (!target) return target.error();
    patch.address = target->address;
    patch.transport = target->transport;
    patch.raw_uri = raw;
  }
  patch.priority = take<std::uint32_t>(body, "priority");
  patch.weight = take<std::uint32_t>(body, "weight");
  patch.enabled = take<bool>(body, "enabled");
  patch.description = take<std::string>(body, "description");
  return patch;
}

}  // namespace warp::api
