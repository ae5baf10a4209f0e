// Interceptors and quiet hours.
#include "warp/store/messaging_rules.h"

#include "messaging_rewrite.h"
#include "messaging_rows.h"

#define RULES MESSAGE_RULE_COLUMNS PROVISIONED_COLUMNS
#define HOURS "id, " QUIET_HOURS_COLUMNS PROVISIONED_COLUMNS

namespace warp::store {
namespace {

namespace rule {

using Item = MessageRuleRepository::Item;

constexpr pg::Query kCount{"store.message_rule.count", "SELECT count(*) FROM sms.rules"};
constexpr pg::Query kList{"store.message_rule.list",
                          "SELECT " RULES " FROM sms.rules ORDER BY rule_order, id LIMIT $1 OFFSET $2"};
constexpr pg::Query kGet{"store.message_rule.get", "SELECT " RULES " FROM sms.rules WHERE id = $1"};
constexpr pg::Query kLock{"store.message_rule.lock",
                          "SELECT " RULES " FROM sms.rules WHERE id = $1 FOR UPDATE"};
constexpr pg::Query kCreate{
    "store.message_rule.create",
    "INSERT INTO sms.rules (id, enabled, last, rule_order, customer_id, inbound, sender, recipient, pattern, "
    "refuse, set_sender, set_recipient, replacement, set_priority, via, description) VALUES "
    "(coalesce($1::uuid, gen_random_uuid()), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
    "$16) RETURNING " RULES};
constexpr pg::Query kWrite{
    "store.message_rule.write",
    "UPDATE sms.rules SET enabled = $2, last = $3, rule_order = $4, customer_id = $5, inbound = $6, sender = "
    "$7, recipient = $8, pattern = $9, refuse = $10, set_sender = $11, set_recipient = $12, replacement = "
    "$13, set_priority = $14, via = $15, description = $16 WHERE id = $1 RETURNING " RULES};
constexpr pg::Query kRemove{"store.message_rule.remove",
                            "DELETE FROM sms.rules WHERE id = $1 RETURNING " RULES};

void read_item(pg::RowReader& row, Item& out) {
  read_message_rule(row, out.item);
  read_provisioned(row, out);
}

void add_item(pg::Params& params, const Item& row) {
  const auto& r = row.item;
  params.add(r.enabled).add(r.last).add(r.order).add(r.customer).add(r.inbound).add(r.sender);
  params.add(r.recipient).add(r.pattern).add(r.refuse).add(r.set_sender).add(r.set_recipient);
  params.add(r.replacement).add(r.set_priority).add(r.via).add(row.description);
}

const Rewritten<domain::MessageRule> kKind{kLock, kWrite, read_item, add_item};

Task<Item> one(pg::Pool& pool, const Actor& actor, const pg::Query& query, pg::Params params) {
  return ask_one<Item>(pool, scope_of(actor), query, std::move(params), read_item);
}

}  // namespace rule

namespace hours {

using Item = QuietHoursRepository::Item;

constexpr pg::Query kCount{"store.quiet_hours.count", "SELECT count(*) FROM sms.quiet_hours"};
constexpr pg::Query kList{
    "store.quiet_hours.list",
    "SELECT " HOURS " FROM sms.quiet_hours ORDER BY customer_id NULLS FIRST, prefix LIMIT $1 OFFSET $2"};
constexpr pg::Query kGet{"store.quiet_hours.get", "SELECT " HOURS " FROM sms.quiet_hours WHERE id = $1"};
constexpr pg::Query kLock{"store.quiet_hours.lock",
                          "SELECT " HOURS " FROM sms.quiet_hours WHERE id = $1 FOR UPDATE"};
constexpr pg::Query kCreate{
    "store.quiet_hours.create",
    "INSERT INTO sms.quiet_hours (id, customer_id, prefix, from_minute, to_minute, enabled, description) "
    "VALUES (coalesce($1::uuid, gen_random_uuid()), $2, $3, $4, $5, $6, $7) RETURNING " HOURS};
constexpr pg::Query kWrite{
    "store.quiet_hours.write",
    "UPDATE sms.quiet_hours SET customer_id = $2, prefix = $3, from_minute = $4, to_minute = $5, enabled = "
    "$6, description = $7 WHERE id = $1 RETURNING " HOURS};
constexpr pg::Query kRemove{"store.quiet_hours.remove",
                            "DELETE FROM sms.quiet_hours WHERE id = $1 RETURNING " HOURS};

void read_item(pg::RowReader& row, Item& out) {
  row.next(out.item.id);
  read_quiet_hours(row, out.item.hours);
  read_provisioned(row, out);
}

void add_item(pg::Params& params, const Item& row) {
  const auto& h = row.item.hours;
  params.add(h.customer).add(h.prefix).add(h.from_minute).add(h.to_minute).add(h.enabled);
  params.add(row.description);
}

const Rewritten<QuietHoursEntry> kKind{kLock, kWrite, read_item, add_item};

Task<Item> one(pg::Pool& pool, const Actor& actor, const pg::Query& query, pg::Params params) {
  return ask_one<Item>(pool, scope_of(actor), query, std::move(params), read_item);
}

}  // namespace hours

}  // namespace

Task<Paged<MessageRuleRepository::Item>> MessageRuleRepository::list(Actor actor, Page page) {
  return ask_page<Item>(pool_, scope_of(actor), rule::kCount, rule::kList, pg::Params(), page,
                        rule::read_item);
}
Task<MessageRuleRepository::Item> MessageRuleRepository::get(Actor actor, MessageRuleId id) {
  return rule::one(pool_, actor, rule::kGet, pg::Params::of(id));
}
Task<MessageRuleRepository::Item> MessageRuleRepository::create(Actor actor, domain::MessageRule wanted,
                                                                std::string description) {
  auto params = pg::Params::of(std::nullopt);
  rule::add_item(params, {std::move(wanted), std::move(description), {}, {}});
  return rule::one(pool_, actor, rule::kCreate, std::move(params));
}
Task<MessageRuleRepository::Item> MessageRuleRepository::update(Actor actor, MessageRuleId id,
                                                                Change<domain::MessageRule> change) {
  return rewrite<domain::MessageRule>(pool_, std::move(actor), id.value, rule::kKind, std::move(change));
}
Task<MessageRuleRepository::Item> MessageRuleRepository::remove(Actor actor, MessageRuleId id) {
  return rule::one(pool_, actor, rule::kRemove, pg::Params::of(id));
}

Task<Paged<QuietHoursRepository::Item>> QuietHoursRepository::list(Actor actor, Page page) {
  return ask_page<Item>(pool_, scope_of(actor), hours::kCount, hours::kList, pg::Params(), page,
                        hours::read_item);
}
Task<QuietHoursRepository::Item> QuietHoursRepository::get(Actor actor, Uuid id) {
  return hours::one(pool_, actor, hours::kGet, pg::Params::of(id));
}
Task<QuietHoursRepository::Item> QuietHoursRepository::create(Actor actor, domain::QuietHours wanted,
                                                              std::string description) {
  auto params = pg::Params::of(std::nullopt);
  hours::add_item(params, {{{}, std::move(wanted)}, std::move(description), {}, {}});
  return hours::one(pool_, actor, hours::kCreate, std::move(params));
}
Task<QuietHoursRepository::Item> QuietHoursRepository::update(Actor actor, Uuid id,
                                                              Change<QuietHoursEntry> change) {
  return rewrite<QuietHoursEntry>(pool_, std::move(actor), id, hours::kKind, std::move(change));
}
Task<QuietHoursRepository::Item> QuietHoursRepository::remove(Actor actor, Uuid id) {
  return hours::one(pool_, actor, hours::kRemove, pg::Params::of(id));
}

}  // namespace warp::store
