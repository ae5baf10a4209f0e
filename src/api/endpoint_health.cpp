// /trunks/{id}/health and /providers/{id}/health.
#include "warp/api/health_view.h"

#include "endpoint_owners.h"
#include "formats.h"

namespace warp::api {
namespace {

std::string host_of(const store::Endpoint& endpoint) {
  const auto host = endpoint.host.empty() ? endpoint.address.ip.to_string() : endpoint.host;
  return host;
}

Json show(const HealthRow& row) {
  Json out;
  out["address"] = row.address;
  out["state"] = to_string(row.health);
  out["since"] = timestamp(row.since);
  out["probed"] = row.probed;
  out["failed_calls"] = row.failed_calls;
  out["lost_probes"] = row.lost_probes;
  out["last_probe_at"] = row.last_probe ? Json(timestamp(*row.last_probe)) : Json();
  out["last_probe_status"] = row.last_status != 0 ? Json(row.last_status) : Json();
  out["rtt_us"] = row.rtt ? Json(row.rtt->count()) : Json();
  out["changes"] = Json::array();
  for (const auto& change : row.changes)
    out["changes"].push_back(
        {{"at", timestamp(change.at)}, {"to", to_string(change.to)}, {"cause", change.cause}});
  return out;
}

// Up as long as one address takes calls.
std::string_view summary(const store::Endpoint& endpoint, const std::vector<HealthRow>& rows) {
  if (!endpoint.enabled) return "disabled";
  if (rows.empty()) return to_string(domain::Health::Up);
  auto best = rows.front().health;
  for (const auto& row : rows)
    if (row.health == domain::Health::Up || best == domain::Health::Down) best = row.health;
  return to_string(best);
}

Json show(Services& services, const store::Endpoint& endpoint) {
  const auto rows =
      services.health && endpoint.enabled ? services.health->of(endpoint.id) : std::vector<HealthRow>();
  Json out;
  out["endpoint_id"] = endpoint.id;
  out["host"] = host_of(endpoint);
  out["port"] = endpoint.address.port != 0 ? Json(endpoint.address.port) : Json();
  out["state"] = summary(endpoint, rows);
  out["targets"] = Json::array();
  for (const auto& row : rows)
    out["targets"].push_back(show(row));
  return out;
}

template <class Kind>
Answer list_health(Services& services, Call call) {
  return list_with<Kind>(services, std::move(call),
                         [&services](const store::Endpoint& endpoint) { return show(services, endpoint); });
}

template <class Kind>
Answer reset_health(Services& services, Call call) {
  const auto owner = call.id<typename Kind::Id>(Kind::kOwner);
  const auto found = co_await Kind::repository(services).get(call.actor(), owner, call.number("endpoint_id"));
  if (!found) co_return from_store(found.error(), "endpoint");
  if (services.health) services.health->reset(found->id);
  co_return reply_with(show(services, *found));
}

std::vector<std::string> states() {
  return {"up", "down", "open", "half_open"};
}

Schema health_schema() {
  auto words = states();
  words.push_back("disabled");
  return {"EndpointHealth",
          {integer("endpoint_id"), text("host", 253), integer("port", 1, 65'535).or_null(),
           text("state").one_of(words).says("The best of its targets."),
           list("targets",
                object("", {text("address", 64), text("state").one_of(states()), instant("since"),
                            boolean("probed"), integer("failed_calls").says("In a row."),
                            integer("lost_probes").says("In a row."), instant("last_probe_at").or_null(),
                            integer("last_probe_status", 100, 699)
                                .or_null()
                                .says("Final answer to the last OPTIONS; null: none came."),
                            integer("rtt_us").or_null(),
                            list("changes",
                                 object("", {instant("at"), text("to").one_of(states()), text("cause", 16)}))
                                .says("The last ones, newest first.")}))
               .says("Addresses that are probed or have failed; none: nothing speaks against it.")}};
}

template <class Kind>
void add_health_of(EndpointTable& table, Services& services, const std::string& path, const std::string& tag,
                   bool operators) {
  const auto common = [&](Endpoint endpoint) {
    endpoint.tag = tag;
    endpoint.operators_only = operators;
    endpoint.of_customer = !operators;
    endpoint.step_up = !operators && endpoint.method != http::Method::Get;
    endpoint.answer = health_schema();
    endpoint.errors = {ErrorCode::NotFound};
    table.push_back(std::move(endpoint));
  };
  common({.path = path,
          .summary = "Which endpoints take calls now, as probes and calls have shown",
          .tag = tag,
          .action = act(services, list_health<Kind>),
          .scope = operators ? "" : "trunks:read",
          .answer_kind = AnswerKind::List});
  common({.method = http::Method::Post,
          .path = path + "/{endpoint_id:int}/reset",
          .summary = "Takes an endpoint for healthy until it shows otherwise",
          .tag = tag,
          .action = act(services, reset_health<Kind>),
          .scope = operators ? "" : "trunks:write"});
}

}  // namespace

void add_endpoint_health(EndpointTable& table, Services& services) {
  add_health_of<OfTrunk>(table, services, "/trunks/{trunk_id:uuid}/health", "Trunks", false);
  add_health_of<OfProvider>(table, services, "/providers/{provider_id:uuid}/health", "Providers", true);
}

}  // namespace warp::api
