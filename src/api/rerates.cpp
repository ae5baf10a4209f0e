// /cdr/rerates: past calls at other prices: looked at first, then done.
#include "warp/store/rerates.h"

#include "warp/store/jobs.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr const char* kRerateTag = "Detail records";
constexpr const char* kJob = "rerate";
const Paging kReratePaging{"per_page", 50, 200};

Json show(const store::Rerate& run) {
  Json out;
  out["id"] = run.id.to_string();
  out["state"] = run.state;
  out["rate_plan_id"] = run.plan ? Json(run.plan->to_string()) : Json();
  out["rate_plan_version"] = run.plan_version == 0 ? Json() : Json(run.plan_version);
  if (const auto scope = store::parse_rerate_scope(run.scope)) {
    out["start_time"] = timestamp(scope->from);
    out["end_time"] = timestamp(scope->to);
    out["customer_id"] = id_or_null(scope->customer);
    out["trunk_id"] = id_or_null(scope->trunk);
    out["prefix"] = scope->prefix;
  }
  out["summary"] = Json::parse(run.summary, nullptr, false);
  out["created_by"] = run.created_by;
  out["created_at"] = timestamp(run.created_at);
  return out;
}

Schema run_schema() {
  return {"Rerate",
          {uuid("id"), text("state").one_of({"preview", "running", "done", "cancelled"}),
           uuid("rate_plan_id").or_null().says("Whose prices; null: of each call's own plan, as it stands."),
           integer("rate_plan_version").or_null(), instant("start_time"), instant("end_time"),
           uuid("customer_id").or_null(), uuid("trunk_id").or_null(), text("prefix"),
           free_object("summary").says(
               "Counts, and sums before and after by customer and prefix; empty: under way."),
           text("created_by"), instant("created_at"), uuid("job_id").says("Of a new one: who works on it.")}};
}

Failure wrong_time(const char* field, const char* why) {
  Failure failure{ErrorCode::ValidationError, "The range of times cannot be used."};
  failure.details["fields"][field] = why;
  return failure;
}

Outcome<store::RerateScope> read_scope(const Json& body) {
  const auto from = parse_timestamp(body.at("start_time").get<std::string>());
  const auto to = parse_timestamp(body.at("end_time").get<std::string>());
  if (!from) return wrong_time("start_time", "is no time");
  if (!to || *to <= *from) return wrong_time("end_time", "must be after start_time");
  if (*to - *from > std::chrono::days(92))
    return wrong_time("end_time", "must be within 92 days of start_time");
  store::RerateScope scope;
  scope.from = *from;
  scope.to = *to;
  if (const auto id = take<std::string>(body, "customer_id")) scope.customer = CustomerId::parse(*id);
  if (const auto id = take<std::string>(body, "trunk_id")) scope.trunk = TrunkId::parse(*id);
  scope.prefix = take<std::string>(body, "prefix").value_or("");
  return scope;
}

Answer add_job(Services& services, Call call, store::Rerate run) {
  Json request;
  request["rerate_id"] = run.id.to_string();
  store::JobRepository jobs(services.pool);
  const auto job = co_await jobs.add(call.as_operator(), kJob, request.dump());
  if (!job) co_return from_store(job.error(), "job");
  auto shown = show(run);
  shown["job_id"] = job->id.to_string();
  co_return reply_with(std::move(shown), 202);
}

Answer create_run(Services& services, Call call) {
  const auto scope = read_scope(call.body);
  if (!scope) co_return scope.error();
  std::optional<RatePlanId> plan;
  if (const auto id = take<std::string>(call.body, "rate_plan_id")) plan = RatePlanId::parse(*id);
  store::RerateRepository rerates(services.pool);
  const auto run = co_await rerates.create(call.as_operator(), *scope, plan);
  if (!run) co_return from_store(run.error(), "rerate");
  co_return co_await add_job(services, std::move(call), *run);
}

Answer list_runs(Services& services, Call call) {
  const auto page = read_page(call.query, kReratePaging);
  store::RerateRepository rerates(services.pool);
  const auto found = co_await rerates.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "rerate");
  co_return page_reply(*found, page, [](const auto& run) { return show(run); });
}

Answer get_run(Services& services, Call call) {
  store::RerateRepository rerates(services.pool);
  const auto found = co_await rerates.get(call.as_operator(), call.uuid("rerate_id"));
  if (!found) co_return from_store(found.error(), "rerate");
  co_return reply_with(show(*found));
}

// A run whose job failed half-way goes on where it was.
Answer commit_run(Services& services, Call call) {
  store::RerateRepository rerates(services.pool);
  const auto id = call.uuid("rerate_id");
  const auto looked_at = co_await rerates.get(call.as_operator(), id);
  if (!looked_at) co_return from_store(looked_at.error(), "rerate");
  if (looked_at->summary == "{}") co_return conflict("Its preview is not there yet.", "preview_under_way");
  if (looked_at->state == "preview") {
    const auto started = co_await rerates.start(call.as_operator(), id);
    if (!started && started.error().kind == store::ErrorKind::Duplicate)
      co_return conflict("Another re-rating is under way: wait for its end.", "rerate_under_way");
    if (!started) co_return from_store(started.error(), "rerate");
  } else if (looked_at->state != "running") {
    co_return conflict("It is over: make another preview.", "rerate_over");
  }
  const auto run = co_await rerates.get(call.as_operator(), id);
  if (!run) co_return from_store(run.error(), "rerate");
  co_return co_await add_job(services, std::move(call), *run);
}

Answer cancel_run(Services& services, Call call) {
  store::RerateRepository rerates(services.pool);
  const auto id = call.uuid("rerate_id");
  const auto done = co_await rerates.cancel(call.as_operator(), id);
  if (!done && done.error().kind == store::ErrorKind::NotFound) {
    const auto there = co_await rerates.get(call.as_operator(), id);
    if (there) co_return conflict("Only what was not begun can be cancelled.", "rerate_begun");
  }
  if (!done) co_return from_store(done.error(), "rerate");
  const auto run = co_await rerates.get(call.as_operator(), id);
  if (!run) co_return from_store(run.error(), "rerate");
  co_return reply_with(show(*run));
}

Endpoint of_run(http::Method method, std::string path, std::string summary, Action action) {
  return {.method = method,
          .path = "/cdr/rerates" + path,
          .summary = std::move(summary),
          .tag = kRerateTag,
          .action = std::move(action),
          .operators_only = true,
          .answer = run_schema(),
          .errors = {ErrorCode::NotFound, ErrorCode::Conflict}};
}

}  // namespace

void add_rerates(EndpointTable& table, Services& services) {
  const std::string one = "/{rerate_id:uuid}";
  auto create =
      of_run(http::Method::Post, "", "Preview of past calls at other prices", act(services, create_run));
  create.body_kind = BodyKind::Json;
  create.body = {
      "NewRerate",
      {instant("start_time").needed(), instant("end_time").needed(), uuid("customer_id"), uuid("trunk_id"),
       text("prefix", 15).is(is_prefix, "up to 15 digits").says("Of the called number."),
       uuid("rate_plan_id").says("Whose prices; absent: of each call's own plan, as it stands.")}};
  create.status = 202;
  create.errors = {ErrorCode::ValidationError};
  table.push_back(std::move(create));
  auto runs = of_run(http::Method::Get, "", "Re-ratings, newest first", act(services, list_runs));
  runs.query = paging_fields(kReratePaging);
  runs.answer_kind = AnswerKind::Page;
  runs.errors = {};
  table.push_back(std::move(runs));
  auto get = of_run(http::Method::Get, one, "A re-rating, and what it comes to", act(services, get_run));
  get.errors = {ErrorCode::NotFound};
  table.push_back(std::move(get));
  auto commit = of_run(http::Method::Post, one + "/commit", "Corrects what the preview showed",
                       act(services, commit_run));
  commit.status = 202;
  table.push_back(std::move(commit));
  table.push_back(of_run(http::Method::Post, one + "/cancel", "Drops a preview", act(services, cancel_run)));
}

}  // namespace warp::api
