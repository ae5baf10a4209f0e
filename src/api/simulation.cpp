// Past calls decided anew: what a change of a deck, a margin or a route would have done.
#include "warp/store/jobs.h"

#include "services.h"

namespace warp::api {
namespace {

constexpr std::int64_t kMostDays = 31;

Failure wrong_simulation(const char* field, const char* why) {
  Failure failure{ErrorCode::ValidationError, "The simulation cannot be made."};
  failure.details[field] = why;
  return failure;
}

std::optional<Failure> check_request(const Json& body) {
  const bool margins = has(body, "minimum_margin") || has(body, "minimum_margin_e9");
  const bool routes = has(body, "enabled") || has(body, "priority") || has(body, "weight");
  if (margins && !has(body, "rate_plan_id") && !has(body, "partition_id"))
    return wrong_simulation("rate_plan_id", "or partition_id is needed: whose margin is it?");
  if (routes && !has(body, "route_id")) return wrong_simulation("route_id", "is required");
  if (!margins && !routes && !has(body, "deck_import_id"))
    return wrong_simulation("deck_import_id", "or a margin, or a change of a route: nothing would change");
  const auto from = take<std::string>(body, "from"), to = take<std::string>(body, "to");
  if (from.has_value() != to.has_value()) return wrong_simulation("to", "goes with from");
  if (!from) return std::nullopt;
  const auto first = parse_timestamp(*from), last = parse_timestamp(*to);
  if (!first || !last || *first >= *last) return wrong_simulation("to", "must be after from");
  if (*last - *first > std::chrono::days(kMostDays))
    return wrong_simulation("to", "must be within 31 days of from");
  return std::nullopt;
}

// Whole days in UTC: yesterday.
void put_yesterday(Json& body, WallTime now) {
  if (has(body, "from")) return;
  const auto today = std::chrono::floor<std::chrono::days>(now);
  body["from"] = timestamp(WallTime(today - std::chrono::days(1)));
  body["to"] = timestamp(WallTime(today));
}

Answer simulate(Services& services, Call call) {
  if (auto failure = check_request(call.body)) co_return std::move(*failure);
  put_yesterday(call.body, services.clock.wall());
  store::JobRepository jobs(services.pool);
  const auto job = co_await jobs.add(call.as_operator(), "simulation", dump(call.body));
  if (!job) co_return from_store(job.error(), "job");
  Reply reply;
  reply.status = 202;
  reply.data["job_id"] = job->id.to_string();
  reply.data["from"] = call.body["from"];
  reply.data["to"] = call.body["to"];
  co_return reply;
}

}  // namespace

void add_simulation(EndpointTable& table, Services& services) {
  table.push_back(
      {.method = http::Method::Post,
       .path = "/routing/simulate",
       .summary =
           "Decide past calls anew with a change, as a job: money before and after, calls that would move",
       .tag = "Routing",
       .action = act(services, simulate),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"RoutingSimulation",
                {instant("from").says("Calls set up from then on; with none, yesterday in UTC."),
                 instant("to").says("Not later than 31 days after."),
                 uuid("deck_import_id").says("A loaded import, as if it was published."),
                 uuid("rate_plan_id").says("Whose minimum margins change."),
                 uuid("partition_id").says("Likewise."), amount("minimum_margin"),
                 integer("minimum_margin_e9", 0, 1'000'000'000), uuid("route_id"), boolean("enabled"),
                 integer("priority", 0, 65'535), integer("weight", 0, 65'535)}},
       .answer = {"RoutingSimulationJob", {uuid("job_id"), instant("from"), instant("to")}},
       .status = 202,
       .errors = {ErrorCode::ValidationError}});
}

}  // namespace warp::api
