// The lines of a plan: publishing, single changes, going back.
#include <nlohmann/json.hpp>

#include "warp/store/rate_plans.h"

#include "rate_copy.h"
#include "rate_plan_rows.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

#define MATCHING_RATES                                                                            \
  " FROM billing.rate_plans p JOIN billing.rates r ON r.deck_id = p.deck_id WHERE p.id = $1 AND " \
  "r.prefix >= $2 COLLATE \"C\" AND r.prefix < $2 || ':' COLLATE \"C\""

constexpr pg::Query kCountRates{"store.rate.count", "SELECT count(*)" MATCHING_RATES};
constexpr pg::Query kListRates{"store.rate.list",
                               "SELECT " RATE_COLUMNS MATCHING_RATES
                               " ORDER BY r.prefix, effective_from, r.jurisdictions, r.schedule_id "
                               "LIMIT $3 OFFSET $4"};
constexpr pg::Query kNewDeck{"store.rate.new_deck",
                             "INSERT INTO billing.rate_decks (rate_plan_id, source, published) SELECT id, "
                             "$2::text, $3::boolean FROM billing.rate_plans WHERE id = $1 RETURNING id"};
constexpr pg::Query kSwitchRate{
    "store.rate.switch",
    "UPDATE billing.rate_plans AS p SET deck_id = $2, version = version + 1 WHERE p.id = $1 "
    "RETURNING " RATE_PLAN_COLUMNS};
constexpr std::string_view kCopy =
    "COPY billing.rates (deck_id, " RATE_COLUMNS ") FROM STDIN (FORMAT binary)";

constexpr pg::Query kFirstDeck{"store.rate.first_deck",
                               "INSERT INTO billing.rate_decks (rate_plan_id, source) SELECT id, 'edited' "
                               "FROM billing.rate_plans WHERE id = $1 AND deck_id IS NULL"};
// Takes the plan's row lock: changes of one plan come one after another.
constexpr pg::Query kNextVersion{
    "store.rate.next_version",
    "UPDATE billing.rate_plans AS p SET version = version + 1, deck_id = coalesce(deck_id, "
    "(SELECT max(d.id) FROM billing.rate_decks d WHERE d.rate_plan_id = p.id AND d.published)) WHERE p.id = "
    "$1 "
    "RETURNING " RATE_PLAN_COLUMNS};
constexpr pg::Query kPutRate{
    "store.rate.put",
    "INSERT INTO billing.rates (deck_id, " RATE_COLUMNS
    ") SELECT p.deck_id, r.prefix, r.per_minute_nanos, r.setup_fee_nanos, r.initial_increment, r.increment, "
    "r.minimum_seconds, 'epoch'::timestamptz + r.from_us * interval '1 microsecond', "
    "'epoch'::timestamptz + r.to_us * interval '1 microsecond', r.jurisdictions, r.schedule_id, "
    "r.attempt_fee_nanos, r.surcharge_nanos, r.free_seconds, r.blocked FROM billing.rate_plans p, "
    "json_to_recordset($2::json) AS r (prefix text, per_minute_nanos bigint, setup_fee_nanos bigint, "
    "initial_increment integer, increment integer, minimum_seconds integer, from_us bigint, to_us bigint, "
    "jurisdictions smallint, schedule_id smallint, attempt_fee_nanos bigint, surcharge_nanos bigint, "
    "free_seconds integer, blocked boolean) "
    "WHERE p.id = $1 ON CONFLICT (deck_id, prefix, effective_from, jurisdictions, schedule_id) DO UPDATE SET "
    "per_minute_nanos = excluded.per_minute_nanos, setup_fee_nanos = excluded.setup_fee_nanos, "
    "initial_increment = excluded.initial_increment, increment = excluded.increment, "
    "minimum_seconds = excluded.minimum_seconds, effective_to = excluded.effective_to, "
    "attempt_fee_nanos = excluded.attempt_fee_nanos, surcharge_nanos = excluded.surcharge_nanos, "
    "free_seconds = excluded.free_seconds, blocked = excluded.blocked",
    30s};
constexpr pg::Query kTakeRate{"store.rate.take",
                              "DELETE FROM billing.rates r USING billing.rate_plans p WHERE p.id = $1 AND "
                              "r.deck_id = p.deck_id AND r.prefix = ANY ($2::text[])",
                              30s};
constexpr pg::Query kRollBack{
    "store.rate.roll_back",
    "UPDATE billing.rate_plans AS p SET version = version + 1, deck_id = before.id FROM "
    "(SELECT max(d.id) AS id FROM billing.rate_decks d JOIN billing.rate_plans o ON o.id = d.rate_plan_id "
    "WHERE o.id = $1 AND d.id < o.deck_id AND d.published) AS before WHERE p.id = $1 AND before.id IS NOT "
    "NULL "
    "RETURNING " RATE_PLAN_COLUMNS};
// What was left is not gone back to again.
constexpr pg::Query kLeave{"store.rate.leave",
                           "UPDATE billing.rate_decks d SET published = false FROM billing.rate_plans p "
                           "WHERE p.id = $1 AND d.rate_plan_id = p.id AND d.id > p.deck_id AND d.published"};
constexpr pg::Query kPurgeRate{
    "store.rate.purge",
    "DELETE FROM billing.rate_decks d USING (SELECT d.id, d.published, row_number() OVER (PARTITION BY "
    "d.rate_plan_id, d.published ORDER BY d.id DESC) AS age, EXISTS (SELECT 1 FROM billing.deck_imports i "
    "WHERE i.deck_id = d.id AND i.state IN ('loading', 'ready')) AS awaited FROM billing.rate_decks d "
    "JOIN billing.rate_plans p ON p.id = d.rate_plan_id WHERE d.id < p.deck_id) AS old "
    "WHERE d.id = old.id AND NOT old.awaited AND (NOT old.published OR old.age > $1::bigint)",
    300s};

constexpr pg::Query kAfter{
    "store.rate.after",
    "SELECT " RATE_COLUMNS
    " FROM billing.rates r WHERE deck_id = $1 AND ($2::boolean OR "
    "(prefix, effective_from, jurisdictions, schedule_id) > ($3::text, $4::timestamptz, $5::smallint, "
    "$6::smallint)) ORDER BY prefix, effective_from, jurisdictions, schedule_id LIMIT $7"};

constexpr auto kRateCopyTimeout = 120s;
constexpr std::size_t kRateChunk = 256 * 1024;

void read_rate(pg::RowReader& row, domain::Rate& out) {
  row.next(out.prefix);
  row.next(out.per_minute);
  row.next(out.setup_fee);
  row.next(out.initial_increment);
  row.next(out.increment);
  row.next(out.minimum_seconds);
  row.next(out.effective_from);
  row.next(out.effective_to);
  row.next(out.jurisdictions);
  row.next(out.schedule);
  row.next(out.attempt_fee);
  row.next(out.surcharge);
  row.next(out.free_seconds);
  row.next(out.blocked);
}

std::string to_json(const std::vector<domain::Rate>& lines) {
  auto array = nlohmann::json::array();
  for (const auto& line : lines) {
    nlohmann::json item{{"prefix", line.prefix},
                        {"per_minute_nanos", line.per_minute.nanos()},
                        {"setup_fee_nanos", line.setup_fee.nanos()},
                        {"initial_increment", line.initial_increment},
                        {"increment", line.increment},
                        {"minimum_seconds", line.minimum_seconds},
                        {"from_us", line.effective_from.time_since_epoch().count()},
                        {"jurisdictions", line.jurisdictions},
                        {"schedule_id", line.schedule},
                        {"attempt_fee_nanos", line.attempt_fee.nanos()},
                        {"surcharge_nanos", line.surcharge.nanos()},
                        {"free_seconds", line.free_seconds},
                        {"blocked", line.blocked}};
    if (line.effective_to) item["to_us"] = line.effective_to->time_since_epoch().count();
    array.push_back(std::move(item));
  }
  return array.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

pg::Transaction::Producer producer(std::int64_t deck, std::function<bool(domain::Rate&)> next) {
  return [deck, next = std::move(next), begun = false](std::string& out) mutable {
    if (!std::exchange(begun, true)) append_copy_header(out);
    domain::Rate line;
    while (out.size() < kRateChunk) {
      if (!next(line)) {
        append_copy_trailer(out);
        return false;
      }
      append_copy_line(out, deck, line);
    }
    return true;
  };
}

// A new deck of the plan, not in force. Its id.
Task<std::int64_t> copy_deck(pg::Transaction& tx, RatePlanId id, std::function<bool(domain::Rate&)> next,
                             std::string source, bool published) {
  auto params = pg::Params::of(id, source, published);
  const auto made = co_await tx.query(kNewDeck, std::move(params));
  if (!made) co_return error_of(made.error());
  if (made->empty()) co_return not_found();
  const auto deck = pg::RowReader((*made)[0]).next<std::int64_t>();
  auto produce = producer(deck, std::move(next));
  const auto copied =
      co_await tx.copy_in("store.rate.copy", std::string(kCopy), std::move(produce), kRateCopyTimeout);
  if (!copied) co_return error_of(copied.error());
  co_return deck;
}

Task<RatePlan> change_lines(pg::Pool& pool, Actor actor, RatePlanId id, const pg::Query& change,
                            pg::Params params) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kFirstDeck, pg::Params::of(id)});
  statements.push_back({&kNextVersion, pg::Params::of(id)});
  statements.push_back({&change, std::move(params)});
  const auto answers = co_await pool.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<RatePlan>((*answers)[1], read_rate_plan, kNextVersion.name);
}

}  // namespace

Task<Paged<domain::Rate>> RatePlanRepository::rates(Actor actor, RatePlanId id, std::string prefix,
                                                    Page page) {
  return ask_page<domain::Rate>(pool_, scope_of(actor), kCountRates, kListRates, pg::Params::of(id, prefix),
                                page, read_rate);
}

Task<RatePlan> RatePlanRepository::publish(Actor actor, RatePlanId id,
                                           std::shared_ptr<const std::vector<domain::Rate>> lines,
                                           std::string source) {
  std::function<bool(domain::Rate&)> next = [lines = std::move(lines),
                                             at = std::size_t{0}](domain::Rate& out) mutable {
    if (at == lines->size()) return false;
    out = (*lines)[at++];
    return true;
  };
  return publish(std::move(actor), id, std::move(next), std::move(source));
}

Task<RatePlan> RatePlanRepository::publish(Actor actor, RatePlanId id,
                                           std::function<bool(domain::Rate&)> next, std::string source) {
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  const auto deck = co_await copy_deck(*tx, id, std::move(next), std::move(source), true);
  if (!deck) co_return deck.error();
  auto params = pg::Params::of(id, *deck);
  const auto switched = co_await tx->query(kSwitchRate, std::move(params));
  if (!switched) co_return error_of(switched.error());
  const auto committed = co_await tx->commit();
  if (!committed) co_return error_of(committed.error());
  co_return read_one<RatePlan>(*switched, read_rate_plan, kSwitchRate.name);
}

Task<RatePlan> RatePlanRepository::put_rates(Actor actor, RatePlanId id, std::vector<domain::Rate> lines) {
  return change_lines(pool_, std::move(actor), id, kPutRate, pg::Params::of(id, to_json(lines)));
}

Task<RatePlan> RatePlanRepository::remove_rates(Actor actor, RatePlanId id,
                                                std::vector<std::string> prefixes) {
  return change_lines(pool_, std::move(actor), id, kTakeRate, pg::Params::of(id, prefixes));
}

Task<RatePlan> RatePlanRepository::roll_back(Actor actor, RatePlanId id) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kRollBack, pg::Params::of(id)});
  statements.push_back({&kLeave, pg::Params::of(id)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<RatePlan>((*answers)[0], read_rate_plan, kRollBack.name);
}

Task<std::vector<domain::Rate>> RatePlanRepository::rates_after(Actor actor, std::int64_t deck,
                                                                std::optional<RateCursor> after,
                                                                std::uint32_t most) {
  const auto from = after.value_or(RateCursor{});
  auto params = pg::Params::of(deck, !after.has_value(), from.prefix, from.effective_from, from.jurisdictions,
                               from.schedule, most);
  return ask_all<domain::Rate>(pool_, scope_of(actor), kAfter, std::move(params), read_rate);
}

Task<DeckLines> RatePlanRepository::lines_of(Actor actor, std::int64_t deck) {
  const pg::TransactionOptions options{pg::Isolation::RepeatableRead, true};
  auto tx = co_await pool_.begin(scope_of(actor), options);
  if (!tx) co_return error_of(tx.error());
  auto lines = co_await read_deck_lines(*tx, deck);
  if (!lines) co_return std::move(lines).error();
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  co_return std::move(*lines);
}

Task<std::int64_t> RatePlanRepository::load(Actor actor, RatePlanId id,
                                            std::function<bool(domain::Rate&)> next, std::string source) {
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  const auto deck = co_await copy_deck(*tx, id, std::move(next), std::move(source), false);
  if (!deck) co_return deck.error();
  const auto committed = co_await tx->commit();
  if (!committed) co_return error_of(committed.error());
  co_return *deck;
}

Task<std::uint64_t> RatePlanRepository::purge_decks(Actor actor, std::uint32_t keep) {
  const auto done = co_await pool_.query(scope_of(actor), kPurgeRate, pg::Params::of(keep));
  if (!done) co_return error_of(done.error());
  co_return done->affected();
}

}  // namespace warp::store
