#include <algorithm>

#include "warp/store/trunks.h"

#include "formats.h"
#include "services.h"
#include "trunk_view.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostIps = 500;
// A customer's network larger than this would take other senders' calls for its own.
constexpr int kShortestCustomerMask = 16, kShortestCustomerMaskV6 = 48;

// The network of `ip` and, beside it, `netmask`.
Outcome<domain::Cidr> network_of(const Json& body) {
  auto text = body["ip"].get<std::string>();
  const auto mask = take<int>(body, "netmask");
  if (!mask) return read_network(text, "ip");
  if (text.find('/') != std::string::npos) {
    Failure failure{ErrorCode::ValidationError, "Give the length once: after the slash, or as netmask."};
    failure.details["netmask"] = *mask;
    return failure;
  }
  const int longest = text.find(':') == std::string::npos ? 32 : 128;
  if (*mask > longest) {
    Failure failure{ErrorCode::InvalidPayload, "The netmask is longer than the address."};
    failure.details["fields"]["netmask"] = "must be between 0 and " + std::to_string(longest);
    return failure;
  }
  return read_network(text + "/" + std::to_string(*mask), "ip");
}

Answer list_ips(Services& services, Call call) {
  const auto found = co_await services.trunks.ips(call.actor(), call.id<TrunkId>("trunk_id"));
  if (!found) co_return from_store(found.error(), "trunk");
  co_return list_reply(*found, [](const auto& ip) { return show_trunk_ip(ip); });
}

Outcome<domain::SourceAddress> read_source(const Json& body, const Principal& principal) {
  const auto cidr = network_of(body);
  if (!cidr) return cidr.error();
  const int shortest = cidr->network.v6 ? kShortestCustomerMaskV6 : kShortestCustomerMask;
  if (cidr->length < shortest && !principal.is_operator()) {
    Failure failure{ErrorCode::ValidationError, "A network this large can be added by operators only."};
    failure.details["netmask"] = cidr->length;
    return failure;
  }
  return domain::SourceAddress(*cidr, read_match(body));
}

Failure not_added(const store::Error& error, const Json& body, const domain::SourceAddress& source) {
  if (error.kind != store::ErrorKind::Duplicate) return from_store(error, "trunk");
  Failure failure{ErrorCode::ValidationError,
                  "Another trunk has this address with the same port and transport: calls could not be "
                  "told apart."};
  failure.details["ip"] = body["ip"];
  show_match(failure.details, source.match);
  return failure;
}

Answer add_ip(Services& services, Call call) {
  const auto& body = call.body;
  const auto source = read_source(body, call.principal());
  if (!source) co_return source.error();
  const auto description = take<std::string>(body, "description").value_or("");
  const bool enabled = take<bool>(body, "enabled").value_or(true);
  const auto added = co_await services.trunks.add_ip(call.actor(), call.id<TrunkId>("trunk_id"), *source,
                                                     description, enabled);
  if (!added) co_return not_added(added.error(), body, *source);
  Reply reply;
  reply.status = added->existed ? 200 : 201;
  reply.data = show_trunk_ip(added->ip);
  co_return reply;
}

struct WantedIp {
  domain::SourceAddress source;
  std::string description;
  bool enabled = true;
  const Json* body = nullptr;
  Uuid known = {};  // of an entry that is there; nil: to be added
};

Outcome<std::vector<WantedIp>> read_wanted(const Call& call) {
  std::vector<WantedIp> out;
  for (const auto& body : call.body["ips"]) {
    const auto source = read_source(body, call.principal());
    if (!source) return source.error();
    for (const auto& other : out)
      if (other.source.cidr == source->cidr && other.source.match == source->match) {
        Failure failure{ErrorCode::ValidationError, "An address is in the list twice."};
        failure.details["ip"] = body["ip"];
        return failure;
      }
    out.push_back({*source, take<std::string>(body, "description").value_or(""),
                   take<bool>(body, "enabled").value_or(true), &body});
  }
  return out;
}

// The list becomes what the body says; what is there already keeps its id. All of it or nothing.
Answer put_ips(Services& services, Call call) {
  const auto trunk = call.id<TrunkId>("trunk_id");
  auto wanted = read_wanted(call);
  if (!wanted) co_return wanted.error();
  const auto there = co_await services.trunks.ips(call.actor(), trunk);
  if (!there) co_return from_store(there.error(), "trunk");
  for (const auto& ip : *there) {
    const auto same = std::find_if(wanted->begin(), wanted->end(), [&](const WantedIp& entry) {
      return entry.source.cidr == ip.cidr && entry.source.match == ip.match;
    });
    if (same == wanted->end()) {
      const auto gone = co_await services.trunks.remove_ip(call.actor(), trunk, ip.id);
      if (!gone) co_return from_store(gone.error(), "address");
      continue;
    }
    same->known = ip.id;
    if (same->description == ip.description && same->enabled == ip.enabled) continue;
    const auto changed =
        co_await services.trunks.update_ip(call.actor(), trunk, ip.id, same->description, same->enabled);
    if (!changed) co_return from_store(changed.error(), "address");
  }
  for (const auto& entry : *wanted) {
    if (!entry.known.is_nil()) continue;
    const auto added =
        co_await services.trunks.add_ip(call.actor(), trunk, entry.source, entry.description, entry.enabled);
    if (!added) co_return not_added(added.error(), *entry.body, entry.source);
  }
  co_return co_await list_ips(services, std::move(call));
}

std::vector<Field> new_ip_fields() {
  return {text("ip", 64)
              .is(is_cidr, "an address or a network, such as 192.0.2.0/28 or 2001:db8::/64")
              .says("IPv4 or IPv6; a network's length after a slash, or as netmask.")
              .needed(),
          integer("netmask", 0, 128).says("Default: the whole address, 32 or 128."),
          source_port_field(),
          source_transport_field(),
          description_field(),
          boolean("enabled")};
}

Answer update_ip(Services& services, Call call) {
  const auto id = call.uuid("ip_id");
  const auto description = take<std::string>(call.body, "description");
  const auto enabled = take<bool>(call.body, "enabled");
  const auto changed = co_await services.trunks.update_ip(call.actor(), call.id<TrunkId>("trunk_id"), id,
                                                          description, enabled);
  if (!changed) co_return from_store(changed.error(), "address");
  co_return reply_with(show_trunk_ip(*changed));
}

Answer delete_ip(Services& services, Call call) {
  const auto id = call.uuid("ip_id");
  const auto gone = co_await services.trunks.remove_ip(call.actor(), call.id<TrunkId>("trunk_id"), id);
  if (!gone) co_return from_store(gone.error(), "address");
  co_return no_content();
}

}  // namespace

void add_trunk_ips(EndpointTable& table, Services& services) {
  const std::string tag = "Trunks";
  const std::string all = "/trunks/{trunk_id:uuid}/ips";
  const std::string one = all + "/{ip_id:uuid}";
  table.push_back({.path = all,
                   .summary = "Addresses that may use the trunk",
                   .tag = tag,
                   .action = act(services, list_ips),
                   .scope = "trunks:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::List,
                   .answer = trunk_ip_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Post,
                   .path = all,
                   .summary = "Add an address; one that is there already is answered with 200",
                   .tag = tag,
                   .action = act(services, add_ip),
                   .scope = "trunks:write",
                   .step_up = true,
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewTrunkIp", new_ip_fields()},
                   .answer = trunk_ip_schema(),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Put,
                   .path = all,
                   .summary = "The whole list of addresses, in one transaction: what is not in it goes",
                   .tag = tag,
                   .action = act(services, put_ips),
                   .scope = "trunks:write",
                   .step_up = true,
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"TrunkIpList", {list("ips", object("", new_ip_fields()), kMostIps).needed()}},
                   .answer_kind = AnswerKind::List,
                   .answer = trunk_ip_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError},
                   .whole = true});
  table.push_back({.method = http::Method::Patch,
                   .path = one,
                   .summary = "Describe, enable or disable an address",
                   .tag = tag,
                   .action = act(services, update_ip),
                   .scope = "trunks:write",
                   .step_up = true,
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"TrunkIpPatch", {description_field(), boolean("enabled")}},
                   .partial = true,
                   .answer = trunk_ip_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Delete,
                   .path = one,
                   .summary = "Remove an address",
                   .tag = tag,
                   .action = act(services, delete_ip),
                   .scope = "trunks:write",
                   .step_up = true,
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
