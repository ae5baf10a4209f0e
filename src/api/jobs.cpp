// Long work that was accepted: how far it is, and what came of it.
#include "warp/store/jobs.h"

#include "services.h"

namespace warp::api {
namespace {

Schema job_schema() {
  return {
      "Job",
      {uuid("id"), text("kind"), text("state").one_of({"waiting", "running", "done", "failed", "cancelled"}),
       integer("done"), integer("total").says("0: not known yet."), free_object("request"),
       free_object("result"), text("error").says("Empty unless it failed."), text("created_by"),
       instant("created_at"), instant("started_at").or_null(), instant("ended_at").or_null()}};
}

Answer get_job(Services& services, Call call) {
  store::JobRepository jobs(services.pool);
  const auto job = co_await jobs.get(call.as_operator(), call.uuid("job_id"));
  if (!job) co_return from_store(job.error(), "job");
  Json out;
  out["id"] = job->id.to_string();
  out["kind"] = job->kind.substr(0, job->kind.find('@'));
  out["state"] = job->state;
  out["done"] = job->done;
  out["total"] = job->total;
  out["request"] = parse_json(job->request).value_or(Json::object());
  out["result"] = parse_json(job->result).value_or(Json::object());
  out["error"] = job->error;
  out["created_by"] = job->created_by;
  out["created_at"] = timestamp(job->created_at);
  out["started_at"] = timestamp(job->started_at);
  out["ended_at"] = timestamp(job->ended_at);
  co_return reply_with(std::move(out));
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
}

}  // namespace warp::api
