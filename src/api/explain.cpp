// Where a call would go and why: the routing decision over the snapshot in force, with its whole trace.
#include "warp/routing/decision.h"
#include "warp/routing/numbers.h"
#include "warp/routing/snapshot.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

Json show(const std::optional<domain::PricedSide>& side) {
  if (!side) return {};
  Json out;
  out["rate_plan_id"] = side->plan.to_string();
  out["rate_plan_version"] = side->plan_version;
  out["prefix"] = side->prefix;
  out["per_minute"] = money(side->per_minute);
  out["setup_fee"] = money(side->setup_fee);
  out["currency"] = side->currency.view();
  out["initial_increment"] = side->initial_increment;
  out["increment"] = side->increment;
  out["minimum_seconds"] = side->minimum_seconds;
  return out;
}

Json show(const routing::Candidate& candidate) {
  Json out;
  out["provider_id"] = candidate.provider ? Json(candidate.provider->id.to_string()) : Json();
  out["provider"] = candidate.provider ? Json(candidate.provider->name) : Json();
  out["route_id"] = candidate.route ? Json(candidate.route->id.to_string()) : Json();
  out["route_prefix"] = candidate.route ? Json(candidate.route->prefix) : Json();
  out["endpoint_id"] = candidate.endpoint->id;
  out["address"] = candidate.endpoint->address.to_string();
  out["transport"] = domain::to_string(candidate.endpoint->transport);
  out["cost"] = show(candidate.cost);
  return out;
}

Json show(const routing::Rejection& rejection) {
  Json out;
  out["route_id"] = rejection.route ? Json(rejection.route->id.to_string()) : Json();
  out["route_prefix"] = rejection.route ? Json(rejection.route->prefix) : Json();
  out["reason"] = domain::to_string(rejection.reason);
  out["cause"] = domain::info(rejection.reason).cause;
  return out;
}

Json show(const routing::Trace& trace) {
  auto out = Json::array();
  for (const auto& step : trace) {
    Json row;
    row["what"] = step.what;
    row["before"] = step.before;
    row["after"] = step.after;
    out.push_back(std::move(row));
  }
  return out;
}

// A number as the trunk dials it; as anybody does without one.
std::optional<std::string> entered(const routing::Snapshot& snapshot, const domain::Trunk* trunk,
                                   domain::NumberSubject subject, const std::string& number,
                                   routing::Trace& trace) {
  if (trunk == nullptr) return routing::normalise(number);
  return routing::enter(routing::peer_of(snapshot, *trunk), subject, number, &trace);
}

struct Dialled {
  std::string to;
  std::optional<std::string> from, from_e164;
};

// With both numbers as they go out to it, and the steps that made them.
Json show_way(const routing::Snapshot& snapshot, const routing::Decision& decision,
              const routing::Candidate& candidate, const std::string& to_e164, const Dialled& dialled) {
  auto out = show(candidate);
  const auto peer = candidate.provider != nullptr ? routing::peer_of(snapshot, *candidate.provider)
                                                  : routing::peer_of(snapshot, *decision.trunk);
  routing::Trace trace;
  out["called"] = routing::leave(peer, domain::NumberSubject::Called, to_e164, dialled.to, &trace);
  out["calling"] = Json();
  if (dialled.from)
    out["calling"] = routing::leave(peer, domain::NumberSubject::Calling, dialled.from_e164.value_or(""),
                                    *dialled.from, &trace);
  out["translation"] = show(trace);
  return out;
}

Failure bad_number(const char* name) {
  Failure failure{ErrorCode::InvalidParam, "This is no telephone number."};
  failure.details["param"] = name;
  return failure;
}

Answer explain(Services& services, Call call) {
  const auto snapshot = services.snapshots.current();
  if (!snapshot) co_return Failure{ErrorCode::ServiceUnavailable, "No routing snapshot has been loaded yet."};
  const auto trunk_id = take<std::string>(call.query, "trunk_id");
  const auto* trunk = trunk_id ? snapshot->trunk(*TrunkId::parse(*trunk_id)) : nullptr;
  if (trunk_id && !trunk) co_return not_found("trunk in the snapshot");

  routing::Trace entry;
  Dialled dialled{call.query["to"].get<std::string>(), take<std::string>(call.query, "from"), {}};
  const auto to = entered(*snapshot, trunk, domain::NumberSubject::Called, dialled.to, entry);
  if (!to) co_return bad_number("to");
  if (dialled.from)
    dialled.from_e164 = entered(*snapshot, trunk, domain::NumberSubject::Calling, *dialled.from, entry);
  if (dialled.from && !dialled.from_e164) co_return bad_number("from");

  const bool inbound = snapshot->number(*to) != nullptr;
  const auto random = services.ids.next64();
  const auto when = services.clock.wall();
  if (!inbound && !trunk) {
    Failure failure{ErrorCode::MissingParam,
                    "The number is none of ours: the trunk that calls it is needed."};
    failure.details["param"] = "trunk_id";
    co_return failure;
  }
  const auto decision = inbound ? routing::decide_inbound(*snapshot, *to, when, random)
                                : routing::decide_outbound(*snapshot, *trunk, *to, when, random);
  Reply reply;
  auto& data = reply.data;
  data["direction"] = inbound ? "inbound" : "outbound";
  data["trunk_id"] = value_or_null(trunk_id);
  data["from"] = value_or_null(dialled.from_e164);
  data["to"] = *to;
  data["snapshot_version"] = snapshot->version();
  data["snapshot_loaded_at"] = timestamp(snapshot->loaded_at());
  data["reason"] = domain::to_string(decision.reason);
  data["reason_code"] = static_cast<unsigned>(decision.reason);
  data["price"] = show(decision.price);
  data["candidates"] = Json::array();
  for (const auto& candidate : decision.candidates)
    data["candidates"].push_back(show_way(*snapshot, decision, candidate, *to, dialled));
  data["rejections"] = Json::array();
  for (const auto& rejection : decision.rejections)
    data["rejections"].push_back(show(rejection));
  data["translation"] = show(entry);
  data["trace"] = routing::explain(decision);
  co_return reply;
}

}  // namespace

void add_explain(EndpointTable& table, Services& services) {
  table.push_back(
      {.path = "/routing/explain",
       .summary = "Where a call would go now, what it would cost, and why",
       .tag = "Routing",
       .action = act(services, explain),
       .operators_only = true,
       .query = {text("to", 32).needed().says("The number called."),
                 text("from", 32).says("The number that calls."),
                 uuid("trunk_id").says("The trunk that calls; needed unless the number is ours.")},
       .answer =
           {"RoutingExplanation",
            {text("direction"), uuid("trunk_id").or_null(), text("from").or_null(), text("to"),
             integer("snapshot_version"), instant("snapshot_loaded_at"), text("reason"),
             integer("reason_code"), free_object("price").or_null(), list("candidates", free_object("")),
             list("rejections", free_object("")),
             list("translation", free_object("")).says("What the trunk's entry rules made of the numbers."),
             list("trace", text(""))}},
       .errors = {ErrorCode::MissingParam, ErrorCode::NotFound}});
}

}  // namespace warp::api
