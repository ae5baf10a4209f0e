// Long work that was accepted: how far it is, and what came of it.
#include "warp/store/jobs.h"

#include <algorithm>

#include "services.h"

namespace warp::api {
namespace {

Schema job_schema() {
  return {
      "Job",
      {uuid("id"), text("kind"), text("state").one_of({"waiting", "running", "done", "failed", "cancelled"}),
       integer("done"), integer("total").says("0: not known yet."),
       integer("percent", 0, 100).or_null().says("null: not known yet."), free_object("request"),
       free_object("result"), text("error").says("Empty unless it failed."), text("created_by"),
       instant("created_at"), instant("started_at").or_null(), instant("ended_at").or_null()}};
}

const Paging kJobPaging{"per_page", 50, 500};

Sorting sorting() {
  return {{{"created_at", SortType::Time}}, "-created_at"};
}

Json percent_of(const store::Job& job) {
  if (job.state == "done") return 100;
  if (job.total == 0) return {};
  return std::min<std::uint64_t>(100, job.done * 100 / job.total);
}

Json show(const store::Job& job) {
  Json out;
  out["id"] = job.id.to_string();
  out["kind"] = job.kind.substr(0, job.kind.find('@'));
  out["state"] = job.state;
  out["done"] = job.done;
  out["total"] = job.total;
  out["percent"] = percent_of(job);
  out["request"] = parse_json(job.request).value_or(Json::object());
  out["result"] = parse_json(job.result).value_or(Json::object());
  out["error"] = job.error;
  out["created_by"] = job.created_by;
  out["created_at"] = timestamp(job.created_at);
  out["started_at"] = timestamp(job.started_at);
  out["ended_at"] = timestamp(job.ended_at);
  return out;
}

Answer get_job(Services& services, Call call) {
  store::JobRepository jobs(services.pool);
  const auto job = co_await jobs.get(call.as_operator(), call.uuid("job_id"));
  if (!job) co_return from_store(job.error(), "job");
  co_return reply_with(show(*job));
}

Answer list_jobs(Services& services, Call call) {
  const auto page = read_window(call.query, kJobPaging, sorting());
  if (!page) co_return page.error();
  store::JobRepository jobs(services.pool);
  store::JobRepository::Filter filter;
  filter.state = take<std::string>(call.query, "state").value_or("");
  filter.kind = take<std::string>(call.query, "kind").value_or("");
  const auto found = co_await jobs.list(call.as_operator(), filter, *page);
  if (!found) co_return from_store(found.error(), "job");
  co_return window_reply(*found, *page, [](const auto& job) { return show(job); });
}

Answer cancel_job(Services& services, Call call) {
  store::JobRepository jobs(services.pool);
  const auto cancelled = co_await jobs.cancel(call.as_operator(), call.uuid("job_id"));
  if (cancelled) co_return reply_with(show(*cancelled));
  if (cancelled.error().kind != store::ErrorKind::Invalid) co_return from_store(cancelled.error(), "job");
  Failure failure{ErrorCode::Conflict, "The job has ended."};
  failure.details["reason"] = "ended";
  co_return failure;
}

}  // namespace

void add_jobs(EndpointTable& table, Services& services) {
  table.push_back({.path = "/jobs/{job_id:uuid}",
                   .summary = "Long work that was accepted: how far it is",
                   .tag = "Jobs",
                   .action = act(services, get_job),
                   .operators_only = true,
                   .answer = job_schema(),
                   .errors = {ErrorCode::NotFound}});
  auto query = window_fields(kJobPaging, sorting());
  query.push_back(text("state").one_of({"waiting", "running", "done", "failed", "cancelled"}));
  query.push_back(text("kind", 64));
  table.push_back({.path = "/jobs",
                   .summary = "Jobs, newest first",
                   .tag = "Jobs",
                   .action = act(services, list_jobs),
                   .operators_only = true,
                   .query = std::move(query),
                   .answer_kind = AnswerKind::Page,
                   .answer = job_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/jobs/{job_id:uuid}/cancel",
                   .summary = "Give a job up; what it has done stays",
                   .tag = "Jobs",
                   .action = act(services, cancel_job),
                   .operators_only = true,
                   .answer = job_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
}

}  // namespace warp::api
