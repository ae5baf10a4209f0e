#include "warp/store/spend_limits.h"

#include "catalogue_parts.h"
#include "support.h"

namespace warp::store {
namespace {

#define LIMIT_COLUMNS                                                                                 \
  "id, customer_id, trunk_id, window_name, match_prefix, schedule_id, amount_nanos, calls, seconds, " \
  "factor_e2, throttle_cps, action, enabled, description, created_at, updated_at"

constexpr pg::Query kCountSpendLimits{
    "store.spend_limit.count",
    "SELECT count(*) FROM billing.spend_limits WHERE ($1::uuid IS NULL OR customer_id = "
    "$1)"};
constexpr pg::Query kListSpendLimits{
    "store.spend_limit.list",
    "SELECT " LIMIT_COLUMNS
    " FROM billing.spend_limits WHERE ($1::uuid IS NULL OR customer_id = $1) ORDER BY "
    "created_at, id LIMIT $2 OFFSET $3"};
constexpr pg::Query kGetSpendLimit{"store.spend_limit.get",
                                   "SELECT " LIMIT_COLUMNS " FROM billing.spend_limits WHERE id = $1"};
// A trunk of another customer is none.
constexpr pg::Query kCreateSpendLimit{
    "store.spend_limit.create",
    "INSERT INTO billing.spend_limits (customer_id, trunk_id, window_name, match_prefix, schedule_id, "
    "amount_nanos, calls, seconds, factor_e2, throttle_cps, action, enabled, description) "
    "SELECT a.id, $2::uuid, $3, $4, $5, $6::bigint, $7::bigint, $8::bigint, $9::integer, $10::integer, $11, "
    "$12::boolean, $13 FROM customers.accounts a WHERE a.id = $1 AND ($2::uuid IS NULL OR EXISTS (SELECT "
    "FROM "
    "trunks.configurations t WHERE t.id = $2::uuid AND t.customer_id = a.id)) RETURNING " LIMIT_COLUMNS};
constexpr pg::Query kUpdateSpendLimit{
    "store.spend_limit.update",
    "UPDATE billing.spend_limits l SET trunk_id = $3::uuid, window_name = $4, match_prefix = $5, schedule_id "
    "= "
    "$6, amount_nanos = $7, calls = $8, seconds = $9, factor_e2 = $10, throttle_cps = $11, action = $12, "
    "enabled = $13, description = $14 WHERE l.id = $1 AND l.customer_id = $2 AND ($3::uuid IS NULL OR EXISTS "
    "(SELECT FROM trunks.configurations t WHERE t.id = $3::uuid AND t.customer_id = $2)) "
    "RETURNING " LIMIT_COLUMNS};
constexpr pg::Query kRemoveSpendLimit{
    "store.spend_limit.remove", "DELETE FROM billing.spend_limits WHERE id = $1 RETURNING " LIMIT_COLUMNS};
constexpr pg::Query kSpendLimitUsed{
    "store.spend_limit.used",
    "SELECT l.id, l.window_name, coalesce(sum(d.attempts), 0)::bigint, coalesce(sum(d.billed_seconds), "
    "0)::bigint, coalesce(sum(d.charge_nanos), 0)::bigint FROM billing.spend_limits l JOIN "
    "records.daily_usage_summary d ON d.customer_id = l.customer_id AND d.kind = 'call' AND d.day >= CASE "
    "l.window_name WHEN 'day' THEN ($1::timestamptz AT TIME ZONE 'UTC')::date ELSE date_trunc('month', "
    "$1::timestamptz AT TIME ZONE 'UTC')::date END AND (l.trunk_id IS NULL OR d.trunk_id = l.trunk_id) AND "
    "starts_with(d.prefix, l.match_prefix) "
    "WHERE l.enabled AND l.window_name IN ('day', 'month') GROUP BY l.id, l.window_name",
    std::chrono::milliseconds{10'000}};
constexpr pg::Query kUsual{
    "store.spend_limit.usual",
    "SELECT l.id, (count(r.id) / 14)::bigint FROM billing.spend_limits l CROSS JOIN generate_series(1, 14) "
    "AS "
    "back LEFT JOIN records.cdrs r ON r.customer_id = l.customer_id AND r.setup_at >= date_trunc('hour', "
    "$1::timestamptz) - make_interval(days => back) AND r.setup_at < date_trunc('hour', $1::timestamptz) - "
    "make_interval(days => back) + interval '1 hour' AND (l.trunk_id IS NULL OR r.trunk_id = l.trunk_id) AND "
    "starts_with(r.dni_e164, l.match_prefix) WHERE l.enabled AND l.factor_e2 IS NOT NULL GROUP BY l.id",
    std::chrono::milliseconds{30'000}};

void read_limit(pg::RowReader& row, SpendLimit& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.trunk);
  row.next(out.window);
  row.next(out.prefix);
  row.next(out.schedule);
  row.next(out.amount);
  row.next(out.calls);
  row.next(out.seconds);
  row.next(out.factor_e2);
  row.next(out.throttle_cps);
  row.next(out.action);
  row.next(out.enabled);
  row.next(out.description);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void read_used(pg::RowReader& row, SpendLimitRepository::Used& out) {
  row.next(out.limit);
  row.next(out.window);
  row.next(out.calls);
  row.next(out.seconds);
  row.next(out.nanos);
}

void read_usual(pg::RowReader& row, SpendLimitRepository::Usual& out) {
  row.next(out.limit);
  row.next(out.calls);
}

void add_fields(pg::Params& params, const SpendLimit& limit) {
  params.add(limit.trunk).add(limit.window).add(limit.prefix).add(limit.schedule).add(limit.amount);
  params.add(limit.calls).add(limit.seconds).add(limit.factor_e2).add(limit.throttle_cps);
  params.add(limit.action).add(limit.enabled).add(limit.description);
}

}  // namespace

domain::SpendLimit rule_of(const SpendLimit& limit) {
  domain::SpendLimit rule;
  rule.id = limit.id;
  if (limit.trunk) rule.scope = limit.trunk->to_string();
  rule.window = limit.window;
  rule.match = limit.prefix;
  rule.action = limit.action;
  rule.amount = limit.amount.value_or(Money{});
  rule.count = limit.calls.value_or(0);
  rule.seconds = limit.seconds.value_or(0);
  rule.schedule = limit.schedule;
  rule.factor_e2 = limit.factor_e2.value_or(0);
  rule.throttle_cps = limit.throttle_cps.value_or(0);
  return rule;
}

Task<Paged<SpendLimit>> SpendLimitRepository::list(Actor actor, std::optional<CustomerId> customer,
                                                   Page page) {
  return ask_page<SpendLimit>(pool_, scope_of(actor), kCountSpendLimits, kListSpendLimits,
                              pg::Params::of(customer), page, read_limit);
}

Task<SpendLimit> SpendLimitRepository::get(Actor actor, Uuid id) {
  return ask_one<SpendLimit>(pool_, scope_of(actor), kGetSpendLimit, pg::Params::of(id), read_limit);
}

Task<SpendLimit> SpendLimitRepository::create(Actor actor, SpendLimit limit) {
  auto params = pg::Params::of(limit.customer);
  add_fields(params, limit);
  return ask_one<SpendLimit>(pool_, scope_of(actor), kCreateSpendLimit, std::move(params), read_limit);
}

Task<SpendLimit> SpendLimitRepository::update(Actor actor, SpendLimit limit) {
  auto params = pg::Params::of(limit.id, limit.customer);
  add_fields(params, limit);
  return ask_one<SpendLimit>(pool_, scope_of(actor), kUpdateSpendLimit, std::move(params), read_limit);
}

Task<SpendLimit> SpendLimitRepository::remove(Actor actor, Uuid id) {
  return ask_one<SpendLimit>(pool_, scope_of(actor), kRemoveSpendLimit, pg::Params::of(id), read_limit);
}

Task<std::vector<SpendLimitRepository::Used>> SpendLimitRepository::used(WallTime now) {
  return ask_all<Used>(pool_, daemon_scope(), kSpendLimitUsed, pg::Params::of(now), read_used);
}

Task<std::vector<SpendLimitRepository::Usual>> SpendLimitRepository::usual(WallTime now) {
  return ask_all<Usual>(pool_, daemon_scope(), kUsual, pg::Params::of(now), read_usual);
}

Task<SpendLimitRepository::Terms> SpendLimitRepository::terms() {
  const pg::TransactionOptions options{pg::Isolation::RepeatableRead, true};
  auto tx = co_await pool_.begin(daemon_scope(), options);
  if (!tx) co_return error_of(tx.error());
  domain::Catalogue catalogue;
  const auto loaded = co_await load_tariffs(*tx, catalogue);
  if (!loaded) co_return loaded.error();
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  Terms terms{std::move(catalogue.schedules), std::move(catalogue.fx)};
  co_return terms;
}

}  // namespace warp::store
