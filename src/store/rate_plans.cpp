#include "warp/store/rate_plans.h"

#include "rate_plan_rows.h"
#include "support.h"

namespace warp::store {
namespace {

constexpr std::string_view kOrigin = "ORIGIN";

std::string_view toll_free_by(bool origin) {
  return origin ? kOrigin : "DIALLED";
}

constexpr pg::Query kCountRatePlans{"store.rate_plan.count", "SELECT count(*) FROM billing.rate_plans"};
constexpr pg::Query kListRatePlans{"store.rate_plan.list",
                                   "SELECT " RATE_PLAN_COLUMNS
                                   " FROM billing.rate_plans p ORDER BY name LIMIT $1 OFFSET $2"};
constexpr pg::Query kGetRatePlan{"store.rate_plan.get",
                                 "SELECT " RATE_PLAN_COLUMNS " FROM billing.rate_plans p WHERE p.id = $1"};
constexpr pg::Query kCreateRatePlan{
    "store.rate_plan.create",
    "INSERT INTO billing.rate_plans AS p (name, description, kind, currency, rounding, decimals, "
    "allow_below_cost, unknown_as, match_lrn, toll_free_by, minimum_margin_nanos, minimum_margin_e9, "
    "cloned_from) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING " RATE_PLAN_COLUMNS};
constexpr pg::Query kUpdateRatePlan{
    "store.rate_plan.update",
    "UPDATE billing.rate_plans AS p SET name = coalesce($2, name), description = coalesce($3, description), "
    "rounding = coalesce($4, rounding), decimals = coalesce($5, decimals), "
    "allow_below_cost = coalesce($6, allow_below_cost), "
    "unknown_as = CASE WHEN $7::boolean THEN $8 ELSE unknown_as END, match_lrn = coalesce($9, match_lrn), "
    "toll_free_by = coalesce($10, toll_free_by), "
    "minimum_margin_nanos = coalesce($11, minimum_margin_nanos), "
    "minimum_margin_e9 = coalesce($12, minimum_margin_e9), version = version + 1 WHERE p.id = $1 "
    "RETURNING " RATE_PLAN_COLUMNS};
constexpr pg::Query kRemoveRatePlan{
    "store.rate_plan.remove",
    "DELETE FROM billing.rate_plans AS p WHERE p.id = $1 RETURNING " RATE_PLAN_COLUMNS,
    std::chrono::seconds(60)};

#define CONTRACT_COLUMNS "id, customer_id, rate_plan_id, starts_at, ends_at, created_at"

constexpr pg::Query kRatePlanContracts{
    "store.contract.list",
    "SELECT " CONTRACT_COLUMNS " FROM billing.contracts WHERE customer_id = $1 ORDER BY starts_at DESC"};
constexpr pg::Query kEndOpen{"store.contract.end_open",
                             "UPDATE billing.contracts SET ends_at = coalesce($2::timestamptz, now()) "
                             "WHERE customer_id = $1 AND ends_at IS NULL RETURNING " CONTRACT_COLUMNS};
constexpr pg::Query kAssignRatePlan{
    "store.contract.assign",
    "INSERT INTO billing.contracts (customer_id, starts_at, rate_plan_id) "
    "VALUES ($1, coalesce($2::timestamptz, now()), $3) RETURNING " CONTRACT_COLUMNS};

void read_contract(pg::RowReader& row, Contract& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.rate_plan);
  row.next(out.starts_at);
  row.next(out.ends_at);
  row.next(out.created_at);
}

}  // namespace

void read_rate_plan(pg::RowReader& row, RatePlan& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.description);
  next_named(row, out.kind, domain::parse_rate_plan_kind);
  row.next(out.currency);
  next_named(row, out.rounding, parse_rounding);
  row.next(out.decimals);
  row.next(out.allow_below_cost);
  row.next(out.version);
  row.next(out.deck);
  row.next(out.created_at);
  row.next(out.updated_at);
  const auto unknown = row.next<std::optional<std::string>>();
  out.matching.unknown_as = unknown ? domain::parse_jurisdiction(*unknown) : std::nullopt;
  row.next(out.matching.match_lrn);
  out.matching.toll_free_by_origin = row.next<std::string>() == kOrigin;
  row.next(out.matching.minimum_margin);
  row.next(out.matching.minimum_margin_e9);
  row.next(out.cloned_from);
}

Task<Paged<RatePlan>> RatePlanRepository::list(Actor actor, Page page) {
  return ask_page<RatePlan>(pool_, scope_of(actor), kCountRatePlans, kListRatePlans, pg::Params(), page,
                            read_rate_plan);
}
Task<RatePlan> RatePlanRepository::get(Actor actor, RatePlanId id) {
  return ask_one<RatePlan>(pool_, scope_of(actor), kGetRatePlan, pg::Params::of(id), read_rate_plan);
}
Task<RatePlan> RatePlanRepository::create(Actor actor, NewRatePlan p) {
  auto params = pg::Params::of(p.name, p.description, to_string(p.kind), p.currency, to_string(p.rounding),
                               p.decimals, p.allow_below_cost, name_of(p.matching.unknown_as),
                               p.matching.match_lrn, toll_free_by(p.matching.toll_free_by_origin),
                               p.matching.minimum_margin, p.matching.minimum_margin_e9, p.cloned_from);
  return ask_one<RatePlan>(pool_, scope_of(actor), kCreateRatePlan, std::move(params), read_rate_plan);
}
Task<RatePlan> RatePlanRepository::update(Actor actor, RatePlanId id, RatePlanPatch p) {
  auto params =
      pg::Params::of(id, p.name, p.description, name_of(p.rounding), p.decimals, p.allow_below_cost);
  params.add(p.unknown_as.has_value());
  params.add(name_of(p.unknown_as.value_or(std::nullopt)));
  params.add(p.match_lrn);
  params.add(p.toll_free_by_origin ? std::optional(toll_free_by(*p.toll_free_by_origin)) : std::nullopt);
  params.add(p.minimum_margin).add(p.minimum_margin_e9);
  return ask_one<RatePlan>(pool_, scope_of(actor), kUpdateRatePlan, std::move(params), read_rate_plan);
}
Task<RatePlan> RatePlanRepository::remove(Actor actor, RatePlanId id) {
  return ask_one<RatePlan>(pool_, scope_of(actor), kRemoveRatePlan, pg::Params::of(id), read_rate_plan);
}

Task<std::vector<Contract>> ContractRepository::list(Actor actor, CustomerId customer) {
  return ask_all<Contract>(pool_, scope_of(actor), kRatePlanContracts, pg::Params::of(customer),
                           read_contract);
}

Task<Contract> ContractRepository::assign(Actor actor, CustomerId customer, RatePlanId plan,
                                          std::optional<WallTime> starts_at) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kEndOpen, pg::Params::of(customer, starts_at)});
  statements.push_back({&kAssignRatePlan, pg::Params::of(customer, starts_at, plan)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<Contract>((*answers)[1], read_contract, kAssignRatePlan.name);
}

Task<Contract> ContractRepository::end(Actor actor, CustomerId customer) {
  return ask_one<Contract>(pool_, scope_of(actor), kEndOpen, pg::Params::of(customer, std::nullopt),
                           read_contract);
}

}  // namespace warp::store
