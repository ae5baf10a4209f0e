#include "endpoint_body.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/net/dns_answer.h"
#include "warp/sip/message/uri.h"

#include "formats.h"

namespace warp::api {
namespace {

using domain::IpAddress;
using domain::SipTransport;

using Target = store::EndpointPatch::Target;

Failure invalid(std::string message, const char* field) {
  Failure failure{ErrorCode::ValidationError, std::move(message)};
  failure.details["field"] = field;
  return failure;
}

std::string lower_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
  return out;
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

// An address or a name. A name without a port is left to the DNS, its transport too when none is given.
Outcome<Target> target_of(const std::string& host, std::optional<std::uint16_t> port,
                          std::optional<SipTransport> transport, bool customer, const char* field) {
  Target target;
  target.transport = transport.value_or(SipTransport::Udp);
  if (const auto ip = IpAddress::parse(host)) {
    if (auto wrong = check_address(*ip, customer, field)) return *wrong;
    target.address = {*ip, port.value_or(usual_port(target.transport))};
    return target;
  }
  // All digits and dots is an address gone wrong, not a name.
  const bool name = net::dns::is_name(host) && host.find_first_not_of("0123456789.") != host.npos;
  if (!name) return invalid("The host must be an IP address or a domain name.", field);
  target.host = lower_name(host);
  target.address.port = port.value_or(0);
  target.any_transport = !port && !transport;
  return target;
}

Outcome<Target> target_of_uri(const std::string& text, bool customer) {
  const auto uri = sip::Uri::parse(text);
  if (!uri || uri->scheme == sip::Uri::Scheme::Tel)
    return invalid("This is no sip: or sips: URI.", "raw_uri");
  const bool sips = uri->scheme == sip::Uri::Scheme::Sips;
  const auto given = uri->param("transport");
  std::optional<SipTransport> transport;
  if (sips ? !given || iequals(*given, "tls") || iequals(*given, "tcp") : given && iequals(*given, "tls"))
    transport = SipTransport::Tls;
  else if (given && !sips && iequals(*given, "tcp"))
    transport = SipTransport::Tcp;
  else if (given && !sips && iequals(*given, "udp"))
    transport = SipTransport::Udp;
  else if (given)
    return invalid("The transport of the URI must be udp, tcp or tls.", "raw_uri");
  const auto port = uri->port ? std::optional<std::uint16_t>(uri->port) : std::nullopt;
  return target_of(std::string(uri->host), port, transport, customer, "raw_uri");
}

Outcome<Target> target_of_host(const Json& body, bool customer) {
  const auto name = take<std::string>(body, "transport");
  const auto port = take<std::uint16_t>(body, "port");
  const bool any = name && *name == domain::kAnyTransport;
  const auto transport = name && !any ? domain::parse_sip_transport(*name) : std::nullopt;
  auto target = target_of(body["host"].get<std::string>(), port, transport, customer, "host");
  if (any && target && !target->any_transport)
    return invalid("ANY is for a name without a port: the DNS says which transports there are.", "transport");
  return target;
}

std::vector<Field> endpoint_fields() {
  return {text("host", 253).says("An IP address or a domain name. Either this or `raw_uri`."),
          integer("port", 1, 65'535)
              .or_null()
              .says("Of an address by default 5060, with TLS 5061; of a name as its SRV records say, null."),
          text("transport")
              .one_of({"UDP", "TCP", "TLS", "ANY"})
              .says("Default UDP; of a name without a port ANY: as its NAPTR and SRV records say."),
          text("raw_uri", 512).says("A sip: or sips: URI."),
          integer("priority", 0, 65'535).says("Lower is tried first."),
          integer("weight", 0, 65'535).says("Share within a priority."),
          boolean("enabled"),
          description_field()};
}

}  // namespace

Schema new_endpoint_schema() {
  return {"NewEndpoint", endpoint_fields()};
}

Schema endpoint_patch_schema() {
  return {"EndpointPatch", endpoint_fields()};
}

Schema endpoint_schema(const char* owner_name) {
  auto fields = endpoint_fields();
  fields.insert(fields.begin(), uuid(owner_name));
  fields.insert(fields.begin(), integer("id"));
  for (auto& field : fields)
    if (field.name == "raw_uri" || field.name == "port") field.nullable = true;
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {owner_name == std::string_view("trunk_id") ? "TrunkEndpoint" : "ProviderEndpoint", fields};
}

Json show_endpoint(const store::Endpoint& endpoint, const char* owner_name) {
  Json out;
  out["id"] = endpoint.id;
  out[owner_name] = endpoint.owner.to_string();
  out["host"] = endpoint.host.empty() ? endpoint.address.ip.to_string() : endpoint.host;
  out["port"] = endpoint.address.port != 0 ? Json(endpoint.address.port) : Json();
  out["transport"] = endpoint.any_transport ? domain::kAnyTransport : to_string(endpoint.transport);
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
  endpoint.host = target->host;
  endpoint.transport = target->transport;
  endpoint.any_transport = target->any_transport;
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
    if (!has(merged, "host"))
      merged["host"] = before.host.empty() ? before.address.ip.to_string() : before.host;
    // ANY and the port that the DNS says are a name's own: they are found anew.
    if (!has(merged, "transport") && !before.any_transport)
      merged["transport"] = domain::to_string(before.transport);
    if (!has(merged, "port") && !has(body, "transport") && before.address.port != 0)
      merged["port"] = before.address.port;
    const auto target = raw ? target_of_uri(*raw, customer) : target_of_host(merged, customer);
    if (!target) return target.error();
    patch.target = *target;
    patch.raw_uri = raw;
  }
  patch.priority = take<std::uint32_t>(body, "priority");
  patch.weight = take<std::uint32_t>(body, "weight");
  patch.enabled = take<bool>(body, "enabled");
  patch.description = take<std::string>(body, "description");
  return patch;
}

}  // namespace warp::api
