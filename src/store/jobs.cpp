#include "warp/store/jobs.h"

#include "support.h"

namespace warp::store {
namespace {

#define JOB_COLUMNS                                                                                        \
  "id, kind, state, created_by, done, total, request::text, result::text, error, created_at, started_at, " \
  "ended_at"

constexpr pg::Query kAddJob{
    "store.job.add", "INSERT INTO warp.jobs (kind, request) VALUES ($1, $2::jsonb) RETURNING " JOB_COLUMNS};
// A node that does not say for a minute that it works on a job has lost it.
constexpr pg::Query kTakeJob{
    "store.job.take",
    "UPDATE warp.jobs SET state = 'running', node = $2, beat_at = now(), started_at = coalesce(started_at, "
    "now()) "
    "WHERE id = (SELECT id FROM warp.jobs WHERE kind = $1 AND (state = 'waiting' OR state = 'running' AND "
    "beat_at < now() - interval '60 seconds') ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
    "RETURNING " JOB_COLUMNS};
constexpr pg::Query kJobProgress{"store.job.progress",
                                 "UPDATE warp.jobs SET done = $2, total = $3, beat_at = now() "
                                 "WHERE id = $1 AND state = 'running' RETURNING id"};
constexpr pg::Query kFinishJob{
    "store.job.finish",
    "UPDATE warp.jobs SET state = CASE WHEN $3 = '' THEN 'done' ELSE 'failed' END, result = $2::jsonb, "
    "error = $3, ended_at = now() WHERE id = $1 AND state = 'running' RETURNING id"};
constexpr pg::Query kGetJob{"store.job.get", "SELECT " JOB_COLUMNS " FROM warp.jobs WHERE id = $1"};

#define JOBS_MATCHING                                           \
  " FROM warp.jobs WHERE ($1 = '' OR state = $1) AND ($2 = '' " \
  "OR split_part(kind, '@', 1) = $2)"
constexpr pg::Query kCountJobs{"store.job.count", "SELECT count(*)" JOBS_MATCHING};
constexpr pg::Query kListJobs{"store.job.list", "SELECT " JOB_COLUMNS JOBS_MATCHING
                                                " ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4"};
constexpr pg::Query kCancelJob{
    "store.job.cancel",
    "UPDATE warp.jobs SET state = 'cancelled', ended_at = now() WHERE id = $1 AND state "
    "IN ('waiting', 'running') RETURNING " JOB_COLUMNS};
constexpr pg::Query kTellCancelled{
    "store.job.tell_cancelled",
    "SELECT audit.append(NULL, 'cancel', 'job', id::text, jsonb_build_object('kind', kind, 'done', done), "
    "NULL, "
    "NULL) FROM warp.jobs WHERE id = $1 AND state = 'cancelled' AND ended_at = now()"};

const Keyset& keyset() {
  static const Keyset made({.name = "store.job.walk",
                            .columns = JOB_COLUMNS,
                            .matching = JOBS_MATCHING,
                            .params = 2,
                            .id = {"id", "id", "uuid"},
                            .keys = {{"created_at", "created_at", "timestamptz"}}});
  return made;
}

void read_job(pg::RowReader& row, Job& out) {
  row.next(out.id);
  row.next(out.kind);
  row.next(out.state);
  row.next(out.created_by);
  row.next(out.done);
  row.next(out.total);
  row.next(out.request);
  row.next(out.result);
  row.next(out.error);
  row.next(out.created_at);
  row.next(out.started_at);
  row.next(out.ended_at);
}

}  // namespace

Task<Job> JobRepository::add(Actor actor, std::string kind, std::string request) {
  return ask_one<Job>(pool_, scope_of(actor), kAddJob, pg::Params::of(kind, request), read_job);
}

Task<std::optional<Job>> JobRepository::take(std::string kind, std::string node) {
  auto params = pg::Params::of(kind, node);
  auto taken = co_await ask_one<Job>(pool_, daemon_scope(), kTakeJob, std::move(params), read_job);
  if (taken) co_return std::optional<Job>(std::move(*taken));
  if (taken.error().kind == ErrorKind::NotFound) co_return std::optional<Job>();
  co_return std::move(taken).error();
}

Task<bool> JobRepository::progress(Uuid id, std::uint64_t done, std::uint64_t total) {
  auto params = pg::Params::of(id, done, total);
  const auto rows = co_await pool_.query(daemon_scope(), kJobProgress, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return !rows->empty();
}

Task<void> JobRepository::finish(Uuid id, std::string result_json, std::string error) {
  auto params = pg::Params::of(id, result_json, error);
  const auto rows = co_await pool_.query(daemon_scope(), kFinishJob, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return Expected<void>();
}

Task<Paged<Job>> JobRepository::list(Actor actor, Filter filter, Page page) {
  return ask_list<Job>(pool_, scope_of(actor), kCountJobs, kListJobs, keyset(),
                       pg::Params::of(filter.state, filter.kind), page, read_job);
}

Task<Job> JobRepository::cancel(Actor actor, Uuid id) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kCancelJob, pg::Params::of(id)});
  statements.push_back({&kTellCancelled, pg::Params::of(id)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  if (!(*answers)[0].empty()) co_return read_one<Job>((*answers)[0], read_job, kCancelJob.name);
  const auto there = co_await get(actor, id);
  if (!there) co_return there.error();
  co_return Error{ErrorKind::Invalid, "the job has ended", {}};
}

Task<Job> JobRepository::get(Actor actor, Uuid id) {
  return ask_one<Job>(pool_, scope_of(actor), kGetJob, pg::Params::of(id), read_job);
}

}  // namespace warp::store
