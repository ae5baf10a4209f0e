#include "formats.h"
#include "services.h"
#include "trunk_view.h"

namespace warp::api {
namespace {

// A customer's network larger than this would take other senders' calls for its own.
constexpr int kShortestCustomerMask = 16;

Answer list_ips(Services& services, Call call) {
  const auto found = co_await services.trunks.ips(call.actor(), call.id<TrunkId>("trunk_id"));
  if (!found) co_return from_store(found.error(), "trunk");
  Reply reply;
  reply.data = Json::array();
  for (const auto& ip : *found)
    reply.data.push_back(show(ip));
  co_return reply;
}

Answer add_ip(Services& services, Call call) {
  const auto& body = call.body;
  const auto mask = take<int>(body, "netmask").value_or(32);
  if (mask < kShortestCustomerMask && !call.principal().is_operator()) {
    Failure failure{ErrorCode::ValidationError, "A network this large can be added by operators only."};
    failure.details["netmask"] = mask;
    co_return failure;
  }
  const auto cidr = domain::Cidr::parse(body["ip"].get<std::string>() + "/" + std::to_string(mask));
  if (!cidr) co_return Failure{ErrorCode::ValidationError, "Address and netmask are no network."};
  const auto description = take<std::string>(body, "description").value_or("");
  const bool enabled = take<bool>(body, "enabled").value_or(true);
  const auto added = co_await services.trunks.add_ip(call.actor(), call.id<TrunkId>("trunk_id"), *cidr,
                                                     description, enabled);
  if (!added) {
    if (added.error().kind == store::ErrorKind::Duplicate) {
      Failure failure{ErrorCode::ValidationError,
                      "Another trunk has this address: calls could not be told apart."};
      failure.details["ip"] = body["ip"];
      co_return failure;
    }
    co_return from_store(added.error(), "trunk");
  }
  Reply reply;
  reply.status = added->existed ? 200 : 201;
  reply.data = show(added->ip);
  co_return reply;
}

Answer update_ip(Services& services, Call call) {
  const auto id = call.uuid("ip_id");
  const auto description = take<std::string>(call.body, "description");
  const auto enabled = take<bool>(call.body, "enabled");
  const auto changed = co_await services.trunks.update_ip(call.actor(), call.id<TrunkId>("trunk_id"), id,
                                                          description, enabled);
  if (!changed) co_return from_store(changed.error(), "address");
  Reply reply;
  reply.data = show(*changed);
  co_return reply;
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
  table.push_back(
      {.method = http::Method::Post,
       .path = all,
       .summary = "Add an address; one that is there already is answered with 200",
       .tag = tag,
       .action = act(services, add_ip),
       .scope = "trunks:write",
       .step_up = true,
       .of_customer = true,
       .body_kind = BodyKind::Json,
       .body = {"NewTrunkIp",
                {text("ip").is(is_ipv4, "an IPv4 address").needed(),
                 integer("netmask", 0, 32).says("Default 32."), description_field(), boolean("enabled")}},
       .answer = trunk_ip_schema(),
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
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
