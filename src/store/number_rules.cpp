#include "warp/store/number_rules.h"

#include "support.h"

#define NUMBER_RULE_COLUMNS                                                                      \
  "id, coalesce(trunk_id, provider_id), stage, subject, position, pattern, replacement, cases, " \
  "enabled, description, created_at, updated_at"
// $1: trunk, $2: provider; the other is NULL.
#define OF_OWNER "($1::uuid = trunk_id OR $2::uuid = provider_id)"

namespace warp::store {
namespace {

constexpr pg::Query kNumberRuleOwner{
    "store.number_rule.owner",
    "SELECT EXISTS (SELECT FROM trunks.configurations WHERE id = $1::uuid) OR "
    "EXISTS (SELECT FROM routing.providers WHERE id = $2::uuid)"};
constexpr pg::Query kListNumberRules{"store.number_rule.list", "SELECT " NUMBER_RULE_COLUMNS
                                                               " FROM routing.number_rules WHERE " OF_OWNER
                                                               " ORDER BY stage, subject, position, id"};
constexpr pg::Query kGetNumberRule{"store.number_rule.get",
                                   "SELECT " NUMBER_RULE_COLUMNS " FROM routing.number_rules WHERE " OF_OWNER
                                   " AND id = $3"};
constexpr pg::Query kCreateNumberRule{
    "store.number_rule.create",
    "INSERT INTO routing.number_rules (trunk_id, provider_id, stage, subject, position, pattern, "
    "replacement, "
    "cases, enabled, description) SELECT t.id, p.id, $3, $4, $5::integer, $6, $7, $8::jsonb, $9::boolean, "
    "$10 "
    "FROM (VALUES (1)) one(x) LEFT JOIN trunks.configurations t ON t.id = $1::uuid "
    "LEFT JOIN routing.providers p ON p.id = $2::uuid WHERE t.id IS NOT NULL OR p.id IS NOT NULL "
    "RETURNING " NUMBER_RULE_COLUMNS};
constexpr pg::Query kUpdateNumberRule{
    "store.number_rule.update",
    "UPDATE routing.number_rules SET stage = $4, subject = $5, position = $6, "
    "pattern = $7, replacement = $8, "
    "cases = $9::jsonb, enabled = $10, description = $11 WHERE " OF_OWNER
    " AND id = $3 RETURNING " NUMBER_RULE_COLUMNS};
constexpr pg::Query kRemoveNumberRule{"store.number_rule.remove",
                                      "DELETE FROM routing.number_rules WHERE " OF_OWNER
                                      " AND id = $3 RETURNING " NUMBER_RULE_COLUMNS};

void read_rule(pg::RowReader& row, NumberRule& out) {
  row.next(out.rule.id);
  row.next(out.rule.owner);
  next_named(row, out.rule.stage, domain::parse_number_stage);
  next_named(row, out.rule.subject, domain::parse_number_subject);
  row.next(out.rule.position);
  row.next(out.rule.pattern);
  row.next(out.rule.replacement);
  row.next(out.cases);
  row.next(out.enabled);
  row.next(out.description);
  row.next(out.created_at);
  row.next(out.updated_at);
}

// The owner's two parameters.
pg::Params params_of(const RuleOwner& owner) {
  const auto* trunk = std::get_if<TrunkId>(&owner);
  const auto* provider = std::get_if<ProviderId>(&owner);
  return pg::Params::of(trunk ? std::optional(*trunk) : std::nullopt,
                        provider ? std::optional(*provider) : std::nullopt);
}

void add_fields(pg::Params& params, const NumberRule& r) {
  params.add(to_string(r.rule.stage)).add(to_string(r.rule.subject)).add(r.rule.position);
  params.add(r.rule.pattern).add(r.rule.replacement).add(r.cases).add(r.enabled).add(r.description);
}

}  // namespace

Task<std::vector<NumberRule>> NumberRuleRepository::list(Actor actor, RuleOwner owner) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kNumberRuleOwner, params_of(owner)});
  statements.push_back({&kListNumberRules, params_of(owner)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  if (!pg::RowReader((*answers)[0][0]).next<bool>()) co_return not_found();
  co_return read_all<NumberRule>((*answers)[1], read_rule, kListNumberRules.name);
}

Task<NumberRule> NumberRuleRepository::get(Actor actor, RuleOwner owner, Uuid id) {
  auto params = params_of(owner);
  params.add(id);
  return ask_one<NumberRule>(pool_, scope_of(actor), kGetNumberRule, std::move(params), read_rule);
}

Task<NumberRule> NumberRuleRepository::create(Actor actor, RuleOwner owner, NumberRule rule) {
  auto params = params_of(owner);
  add_fields(params, rule);
  return ask_one<NumberRule>(pool_, scope_of(actor), kCreateNumberRule, std::move(params), read_rule);
}

Task<NumberRule> NumberRuleRepository::update(Actor actor, RuleOwner owner, NumberRule rule) {
  auto params = params_of(owner);
  params.add(rule.rule.id);
  add_fields(params, rule);
  return ask_one<NumberRule>(pool_, scope_of(actor), kUpdateNumberRule, std::move(params), read_rule);
}

Task<NumberRule> NumberRuleRepository::remove(Actor actor, RuleOwner owner, Uuid id) {
  auto params = params_of(owner);
  params.add(id);
  return ask_one<NumberRule>(pool_, scope_of(actor), kRemoveNumberRule, std::move(params), read_rule);
}

}  // namespace warp::store
