#include "warp/store/rerates.h"

#include <nlohmann/json.hpp>

#include "array_text.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

#define RERATE_COLUMNS \
  "id, state, filter::text, rate_plan_id, coalesce(plan_version, 0), summary::text, created_by, created_at"

constexpr pg::Query kCreateRerate{
    "store.rerate.create",
    "INSERT INTO records.rerates (filter, rate_plan_id) VALUES ($1::jsonb, $2) RETURNING " RERATE_COLUMNS};
constexpr pg::Query kGetRerate{"store.rerate.get",
                               "SELECT " RERATE_COLUMNS " FROM records.rerates WHERE id = $1"};
constexpr pg::Query kCountRerates{"store.rerate.count", "SELECT count(*) FROM records.rerates"};
constexpr pg::Query kListRerates{"store.rerate.list",
                                 "SELECT " RERATE_COLUMNS
                                 " FROM records.rerates ORDER BY created_at DESC, id LIMIT $1 OFFSET $2"};
constexpr pg::Query kNoteRerate{"store.rerate.note",
                                "UPDATE records.rerates SET plan_version = nullif($2::bigint, 0), summary = "
                                "$3::jsonb WHERE id = $1 AND state IN ('preview', 'running') RETURNING id"};
constexpr pg::Query kStart{
    "store.rerate.start",
    "UPDATE records.rerates SET state = 'running' WHERE id = $1 AND state = 'preview' RETURNING id"};
constexpr pg::Query kFinishRerate{
    "store.rerate.finish",
    "UPDATE records.rerates SET state = CASE WHEN $3 THEN 'cancelled' ELSE 'done' "
    "END, summary = $2::jsonb WHERE id = $1 AND state = 'running' "
    "RETURNING id"};
constexpr pg::Query kCancel{
    "store.rerate.cancel",
    "UPDATE records.rerates SET state = 'cancelled' WHERE id = $1 AND state = 'preview' RETURNING id"};
constexpr pg::Query kRerateStanding{
    "store.rerate.standing",
    "SELECT coalesce(c.after_nanos, r.charge_nanos, 0) FROM unnest($1::uuid[], $2::timestamptz[]) "
    "WITH ORDINALITY AS u(id, at, nth) JOIN records.cdrs r ON r.id = u.id AND r.setup_at = u.at "
    "LEFT JOIN LATERAL (SELECT k.after_nanos FROM records.corrections k WHERE k.record_id = u.id "
    "ORDER BY k.number DESC LIMIT 1) c ON true ORDER BY u.nth",
    30s};
constexpr pg::Query kCorrect{
    "store.rerate.correct",
    "SELECT changed, before_nanos, after_nanos, refused FROM billing.correct_calls($1, $2, $3::uuid[], "
    "$4::timestamptz[], $5::bigint[], $6::jsonb[])",
    60s};

void read_rerate(pg::RowReader& row, Rerate& out) {
  row.next(out.id);
  row.next(out.state);
  row.next(out.scope);
  row.next(out.plan);
  row.next(out.plan_version);
  row.next(out.summary);
  row.next(out.created_by);
  row.next(out.created_at);
}

void read_corrected(pg::RowReader& row, Corrected& out) {
  row.next(out.changed);
  row.next(out.before);
  row.next(out.after);
  row.next(out.refused);
}

std::int64_t micros_of(WallTime time) {
  return time.time_since_epoch().count();
}

// One row, or it was not to be changed.
Task<void> change(pg::Pool& pool, pg::Scope scope, const pg::Query& query, pg::Params params) {
  const auto rows = co_await pool.query(std::move(scope), query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return Expected<void>();
}

}  // namespace

std::string to_json(const RerateScope& scope) {
  json out = {{"from_us", micros_of(scope.from)}, {"to_us", micros_of(scope.to)}};
  if (scope.customer) out["customer_id"] = scope.customer->to_string();
  if (scope.trunk) out["trunk_id"] = scope.trunk->to_string();
  if (!scope.prefix.empty()) out["prefix"] = scope.prefix;
  return out.dump();
}

std::optional<RerateScope> parse_rerate_scope(std::string_view text) try {
  const auto from = json::parse(text);
  RerateScope out;
  out.from = WallTime(std::chrono::microseconds(from.at("from_us").get<std::int64_t>()));
  out.to = WallTime(std::chrono::microseconds(from.at("to_us").get<std::int64_t>()));
  if (from.contains("customer_id")) {
    out.customer = CustomerId::parse(from["customer_id"].get<std::string>());
    if (!out.customer) return std::nullopt;
  }
  if (from.contains("trunk_id")) {
    out.trunk = TrunkId::parse(from["trunk_id"].get<std::string>());
    if (!out.trunk) return std::nullopt;
  }
  out.prefix = from.value("prefix", "");
  return out;
} catch (const json::exception&) {
  return std::nullopt;
}

Task<Rerate> RerateRepository::create(Actor actor, RerateScope scope, std::optional<RatePlanId> plan) {
  return ask_one<Rerate>(pool_, scope_of(actor), kCreateRerate, pg::Params::of(to_json(scope), plan),
                         read_rerate);
}

Task<Rerate> RerateRepository::get(Actor actor, Uuid id) {
  return ask_one<Rerate>(pool_, scope_of(actor), kGetRerate, pg::Params::of(id), read_rerate);
}

Task<Paged<Rerate>> RerateRepository::list(Actor actor, Page page) {
  return ask_page<Rerate>(pool_, scope_of(actor), kCountRerates, kListRerates, {}, page, read_rerate);
}

Task<void> RerateRepository::note(Uuid id, std::uint64_t plan_version, std::string summary) {
  return change(pool_, daemon_scope(), kNoteRerate, pg::Params::of(id, plan_version, summary));
}

Task<void> RerateRepository::start(Actor actor, Uuid id) {
  return change(pool_, scope_of(actor), kStart, pg::Params::of(id));
}

Task<void> RerateRepository::finish(Uuid id, std::string summary, bool cancelled) {
  return change(pool_, daemon_scope(), kFinishRerate, pg::Params::of(id, summary, cancelled));
}

Task<void> RerateRepository::cancel(Actor actor, Uuid id) {
  return change(pool_, scope_of(actor), kCancel, pg::Params::of(id));
}

Task<std::vector<Money>> RerateRepository::standing(std::vector<RecordId> records,
                                                    std::vector<WallTime> setups) {
  ArrayText ids, times;
  for (const auto& record : records)
    ids.id(record.value);
  for (const auto setup : setups)
    times.time(setup);
  auto params = pg::Params::of(std::move(ids).finish(), std::move(times).finish());
  auto found =
      co_await ask_all<Money>(pool_, daemon_scope(), kRerateStanding, std::move(params), read_value<Money>);
  if (found && found->size() != records.size()) co_return bad_row(kRerateStanding.name);
  co_return found;
}

Task<Corrected> RerateRepository::correct(Uuid run, CustomerId customer, std::vector<NewPrice> prices) {
  ArrayText ids, times, afters, how;
  for (const auto& price : prices) {
    ids.id(price.record.value);
    times.time(price.setup_at);
    afters.number(price.after.nanos());
    how.quoted(price.price);
  }
  auto params = pg::Params::of(run, customer, std::move(ids).finish(), std::move(times).finish(),
                               std::move(afters).finish(), std::move(how).finish());
  return ask_one<Corrected>(pool_, daemon_scope(), kCorrect, std::move(params), read_corrected);
}

}  // namespace warp::store
