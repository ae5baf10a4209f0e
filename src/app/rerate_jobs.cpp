#include "app/rerate_jobs.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "warp/rating/price.h"

namespace warp::app {

namespace asio = boost::asio;

namespace {

using domain::CallRecord;
using domain::Jurisdiction;
using domain::PricedSide;

// What the customer was rated by: a number looked up, the caller's of a toll-free call, or what was dialled.
std::string rated_number(const CallRecord& record) {
  if (!record.numbers.made()) return record.dni_e164;
  const auto& numbers = record.numbers.read();
  if (!numbers.rated.empty()) return numbers.rated;
  return numbers.routing.empty() ? record.dni_e164 : numbers.routing;
}

std::chrono::microseconds charged_duration(const CallRecord& record) {
  const std::chrono::microseconds lasted(static_cast<std::int64_t>(record.duration_us));
  if (record.charge.covered_seconds == 0) return lasted;
  return std::min<std::chrono::microseconds>(lasted, std::chrono::seconds(record.charge.covered_seconds));
}

Jurisdiction jurisdiction_of(const CallRecord& record) {
  return record.numbers.made() ? record.numbers.read().jurisdiction : Jurisdiction::Unknown;
}

std::optional<PricedSide> price_of(const CallRecord& record, const rating::Deck& deck,
                                   const rating::RateLine& line) {
  const auto jurisdiction = jurisdiction_of(record);
  if (record.answered_at) return rating::price(deck, line, charged_duration(record), jurisdiction);
  const auto side = rating::unpriced(deck, line, jurisdiction);
  const bool sent = std::ranges::any_of(record.attempts, &domain::RouteAttempt::was_sent);
  return sent ? rating::price_attempt(side) : side;
}

}  // namespace

records::Repricer repricer(std::shared_ptr<const routing::Snapshot> snapshot,
                           std::optional<RatePlanId> plan) {
  return [snapshot = std::move(snapshot), plan](const CallRecord& record) -> std::optional<PricedSide> {
    if (!plan && !record.price) return std::nullopt;
    const rating::Deck* deck = snapshot->deck(plan ? *plan : record.price->plan);
    if (deck == nullptr) return std::nullopt;
    const auto* line = deck->find(rated_number(record), record.setup_at, jurisdiction_of(record));
    return line == nullptr ? std::nullopt : price_of(record, *deck, *line);
  };
}

RerateJobs::RerateJobs(pg::Pool& pool, store::RecordRepository& records,
                       const routing::SnapshotHolder& snapshots, std::string node, log::Logger& log)
    : jobs_(pool),
      rerates_(pool),
      rerater_(records, rerates_),
      snapshots_(snapshots),
      node_(std::move(node)),
      log_(log) {}

asio::awaitable<bool> RerateJobs::work_once() {
  const auto taken = co_await jobs_.take(kRerateJob, node_);
  if (!taken || !*taken) co_return false;
  const store::Job job = **taken;
  const auto why = co_await work(job);
  if (!why.empty()) log_.warning("app.rerate_failed", {{"job", job.id.to_string()}, {"error", why}});
  const auto ended = co_await jobs_.finish(job.id, job.request, why);
  co_return ended.has_value();
}

asio::awaitable<std::string> RerateJobs::work(store::Job job) {
  const auto request = nlohmann::json::parse(job.request, nullptr, false);
  const auto id = request.is_object() ? Uuid::parse(request.value("rerate_id", "")) : std::nullopt;
  if (!id) co_return "the job names no run";
  const store::Actor actor{"warpd", "", std::nullopt};
  const auto run = co_await rerates_.get(actor, *id);
  if (!run) co_return "the run cannot be read: " + run.error().message;
  const auto scope = store::parse_rerate_scope(run->scope);
  if (!scope || !snapshots_.current())
    co_return "the run's filter cannot be read, or nothing is provisioned yet";
  if (run->state == "preview") co_return co_await preview(job.id, *run, *scope);
  if (run->state == "running") co_return co_await commit(job.id, *run, *scope);
  co_return "the run is " + run->state;
}

asio::awaitable<std::string> RerateJobs::preview(Uuid job, store::Rerate run, store::RerateScope scope) {
  const auto snapshot = snapshots_.current();
  const auto* deck = run.plan ? snapshot->deck(*run.plan) : nullptr;
  if (run.plan && deck == nullptr) co_return "the rate plan has no deck in force";
  auto progress = [this, job](std::uint64_t seen) { return heard(job, seen); };
  const auto report = co_await rerater_.preview(scope, repricer(snapshot, run.plan), progress);
  if (!report) co_return report.error().message;
  const auto noted =
      co_await rerates_.note(run.id, deck == nullptr ? 0 : deck->plan().version, records::to_json(*report));
  co_return noted ? std::string() : noted.error().message;
}

// What was looked at is what is done: not by another version of the plan.
asio::awaitable<std::string> RerateJobs::commit(Uuid job, store::Rerate run, store::RerateScope scope) {
  const auto snapshot = snapshots_.current();
  const auto* deck = run.plan ? snapshot->deck(*run.plan) : nullptr;
  const bool same = !run.plan || (deck != nullptr && deck->plan().version == run.plan_version);
  std::string summary = run.summary, why;
  if (same) {
    auto progress = [this, job](std::uint64_t seen) { return heard(job, seen); };
    const auto report = co_await rerater_.commit(run.id, scope, repricer(snapshot, run.plan), progress);
    if (!report) co_return report.error().message;
    summary = records::to_json(*report);
  } else {
    why = "the rate plan was changed since the preview: make another one";
  }
  const auto ended = co_await rerates_.finish(run.id, summary, !same);
  co_return ended ? why : ended.error().message;
}

asio::awaitable<bool> RerateJobs::heard(Uuid job, std::uint64_t seen) {
  const auto wanted = co_await jobs_.progress(job, seen, seen);
  co_return !wanted || *wanted;
}

}  // namespace warp::app
