// Opt-outs, and the messaging side of customers, numbers and rate plans.
#include "array_text.h"
#include "messaging_rewrite.h"

#define OPT_OUT_COLUMNS "customer_id, sender, recipient, source, created_at"

namespace warp::store {
namespace {

using OptOutItem = OptOutRepository::Item;

constexpr pg::Query kCountMessagingSettings{
    "store.opt_out.count", "SELECT count(*) FROM sms.opt_outs WHERE ($1::uuid IS NULL OR customer_id = $1)"};
constexpr pg::Query kListMessagingSettings{"store.opt_out.list",
                                           "SELECT " OPT_OUT_COLUMNS
                                           " FROM sms.opt_outs WHERE ($1::uuid IS NULL OR customer_id = $1) "
                                           "ORDER BY created_at DESC, sender, recipient LIMIT $2 OFFSET $3"};
constexpr pg::Query kAddMessagingSetting{
    "store.opt_out.add",
    "INSERT INTO sms.opt_outs AS o (customer_id, sender, recipient, source) "
    "VALUES ($1, $2, $3, $4) ON CONFLICT (customer_id, sender, recipient) "
    "DO UPDATE SET source = o.source RETURNING " OPT_OUT_COLUMNS};
constexpr pg::Query kRemoveMessagingSetting{
    "store.opt_out.remove",
    "DELETE FROM sms.opt_outs WHERE customer_id = $1 AND sender = $2 AND recipient = $3 "
    "RETURNING " OPT_OUT_COLUMNS};

constexpr pg::Query kCustomer{
    "store.messaging.customer",
    "SELECT a.id, a.status = 'ACTIVE', a.currency, s.mps, coalesce(s.burst, 0), coalesce(s.receipt_url, ''), "
    "coalesce(s.charge, 'sent'), coalesce(s.needs_campaign, true) FROM customers.accounts a LEFT JOIN "
    "sms.customer_settings s "
    "ON s.customer_id = a.id WHERE a.id = $1"};
constexpr pg::Query kCustomerPlan{"store.messaging.customer_plan",
                                  "SELECT rate_plan_id FROM sms.customer_settings WHERE customer_id = $1"};
constexpr pg::Query kSetCustomer{
    "store.messaging.set_customer",
    "INSERT INTO sms.customer_settings AS s (customer_id, mps, burst, receipt_url, webhook_secret, "
    "rate_plan_id, "
    "needs_campaign, charge) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (customer_id) DO UPDATE SET "
    "mps = "
    "excluded.mps, burst = excluded.burst, receipt_url = excluded.receipt_url, webhook_secret = "
    "coalesce(nullif(excluded.webhook_secret, ''), s.webhook_secret), rate_plan_id = excluded.rate_plan_id, "
    "needs_campaign = excluded.needs_campaign, charge = excluded.charge"};
constexpr pg::Query kSetNumber{
    "store.messaging.set_number",
    "INSERT INTO sms.number_settings AS s (e164, customer_id, esme_id, webhook_url, fallback_url, "
    "webhook_secret, campaign_id) SELECT e164, customer_id, $3::uuid, $4::text, $5::text, $6::text, $7::uuid "
    "FROM numbers.inventory WHERE e164 = $1 AND customer_id = $2 AND status IN ('held', 'active') "
    "ON CONFLICT (e164) DO UPDATE SET esme_id = excluded.esme_id, webhook_url = excluded.webhook_url, "
    "fallback_url = excluded.fallback_url, webhook_secret = coalesce(nullif(excluded.webhook_secret, ''), "
    "s.webhook_secret), campaign_id = excluded.campaign_id RETURNING e164"};
constexpr pg::Query kDropRates{"store.messaging.drop_rates",
                               "DELETE FROM billing.message_rates WHERE rate_plan_id = $1"};
constexpr pg::Query kAddRates{"store.messaging.add_rates",
                              "INSERT INTO billing.message_rates (rate_plan_id, prefix, per_segment_nanos) "
                              "SELECT $1, u.* FROM unnest($2::text[], $3::bigint[]) AS u",
                              std::chrono::seconds(30)};

constexpr pg::Query kMessagingSettingRates{
    "store.messaging.rates",
    "SELECT rate_plan_id, prefix, per_segment_nanos FROM billing.message_rates "
    "WHERE rate_plan_id = $1 ORDER BY prefix",
    std::chrono::seconds(30)};

void read_message_rate(pg::RowReader& row, domain::MessageRate& out) {
  row.next(out.plan);
  row.next(out.prefix);
  out.per_segment = Money::from_nanos(row.next<std::int64_t>());
}

void read_item(pg::RowReader& row, OptOutItem& out) {
  row.next(out.opt_out.customer);
  row.next(out.opt_out.sender);
  row.next(out.opt_out.recipient);
  row.next(out.source);
  row.next(out.created_at);
}

void read_messaging_settings(pg::RowReader& row, domain::MessagingCustomer& out) {
  row.next(out.id);
  row.next(out.active);
  row.next(out.currency);
  row.next(out.mps);
  row.next(out.burst);
  row.next(out.receipt_url);
  next_named(row, out.charge, domain::parse_charge_policy);
  row.next(out.needs_campaign);
}

}  // namespace

Task<Paged<OptOutItem>> OptOutRepository::list(Actor actor, std::optional<CustomerId> customer, Page page) {
  return ask_page<OptOutItem>(pool_, scope_of(actor), kCountMessagingSettings, kListMessagingSettings,
                              pg::Params::of(customer), page, read_item);
}
Task<OptOutItem> OptOutRepository::add(Actor actor, domain::OptOut o, std::string source) {
  return ask_one<OptOutItem>(pool_, scope_of(actor), kAddMessagingSetting,
                             pg::Params::of(o.customer, o.sender, o.recipient, source), read_item);
}
Task<OptOutItem> OptOutRepository::remove(Actor actor, domain::OptOut o) {
  return ask_one<OptOutItem>(pool_, scope_of(actor), kRemoveMessagingSetting,
                             pg::Params::of(o.customer, o.sender, o.recipient), read_item);
}

// The plan is the operator's to see.
Task<domain::MessagingCustomer> MessagingSettingsRepository::customer(Actor actor, CustomerId id) {
  auto params = pg::Params::of(id);
  auto out = co_await ask_one<domain::MessagingCustomer>(pool_, scope_of(actor), kCustomer, std::move(params),
                                                         read_messaging_settings);
  if (!out || actor.customer) co_return out;
  auto again = pg::Params::of(id);
  const auto plan = co_await pool_.query(scope_of(actor), kCustomerPlan, std::move(again));
  if (!plan) co_return error_of(plan.error());
  if (!plan->empty()) out->rate_plan = pg::RowReader((*plan)[0]).next<std::optional<RatePlanId>>();
  co_return out;
}

Task<void> MessagingSettingsRepository::set_customer(Actor actor, domain::MessagingCustomer s) {
  auto params = pg::Params::of(s.id, s.mps, s.burst, s.receipt_url, s.webhook_secret, s.rate_plan,
                               s.needs_campaign, to_string(s.charge));
  const auto done = co_await pool_.query(scope_of(actor), kSetCustomer, std::move(params));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<void> MessagingSettingsRepository::set_number(Actor actor, domain::MessagingNumber s) {
  auto params =
      pg::Params::of(s.e164, s.customer, s.esme, s.webhook_url, s.fallback_url, s.webhook_secret, s.campaign);
  const auto done = co_await pool_.query(scope_of(actor), kSetNumber, std::move(params));
  if (!done) co_return error_of(done.error());
  if (done->empty()) co_return not_found();
  co_return Expected<void>();
}

Task<std::vector<domain::MessageRate>> MessagingSettingsRepository::rates(Actor actor, RatePlanId plan) {
  return ask_all<domain::MessageRate>(pool_, scope_of(actor), kMessagingSettingRates, pg::Params::of(plan),
                                      read_message_rate);
}

Task<void> MessagingSettingsRepository::set_rates(Actor actor, RatePlanId plan,
                                                  std::vector<domain::MessageRate> rates) {
  ArrayText prefixes, prices;
  for (const auto& rate : rates) {
    prefixes.text(rate.prefix);
    prices.number(rate.per_segment.nanos());
  }
  std::vector<pg::Statement> statements;
  statements.push_back({&kDropRates, pg::Params::of(plan)});
  statements.push_back(
      {&kAddRates, pg::Params::of(plan, std::move(prefixes).finish(), std::move(prices).finish())});
  const auto done = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

}  // namespace warp::store
