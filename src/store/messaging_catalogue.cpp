#include "warp/store/messaging_catalogue.h"

#include <unordered_map>

#include "contract_columns.h"
#include "load_rows.h"
#include "messaging_rows.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
using domain::MessagingCatalogue;
using pg::RowReader;

constexpr auto kMessagingCatalogueTimeout = 30s;

constexpr pg::Query kEsmes{"store.messaging.esmes", "SELECT " ESME_COLUMNS ", password_hash FROM sms.esmes",
                           kMessagingCatalogueTimeout};
constexpr pg::Query kConnectors{"store.messaging.connectors",
                                "SELECT " CONNECTOR_COLUMNS " FROM sms.connectors",
                                kMessagingCatalogueTimeout};
constexpr pg::Query kRoutes{"store.messaging.routes", "SELECT " MESSAGE_ROUTE_COLUMNS " FROM sms.routes",
                            kMessagingCatalogueTimeout};
constexpr pg::Query kMessagingCatalogueNumbers{
    "store.messaging.numbers",
    "SELECT i.e164, i.customer_id, s.esme_id, coalesce(s.webhook_url, ''), coalesce(s.fallback_url, ''), "
    "coalesce(s.webhook_secret, ''), c.id FROM numbers.inventory i LEFT JOIN sms.number_settings s "
    "ON s.e164 = i.e164 AND s.customer_id = i.customer_id LEFT JOIN sms.campaigns c "
    "ON c.id = s.campaign_id "
    "WHERE i.status IN ('held', 'active') AND i.customer_id IS NOT NULL "
    "UNION ALL SELECT sender, customer_id, NULL, '', '', '', campaign_id FROM sms.senders",
    kMessagingCatalogueTimeout};
constexpr pg::Query kCustomers{
    "store.messaging.customers",
    "SELECT a.id, a.status = 'ACTIVE', a.currency, coalesce(s.rate_plan_id, " CONTRACT_PLAN
    "), s.mps, coalesce(s.burst, 0), "
    "coalesce(s.receipt_url, ''), coalesce(s.webhook_secret, ''), coalesce(s.charge, 'sent'), "
    "coalesce(s.needs_campaign, true) "
    "FROM customers.accounts a LEFT JOIN sms.customer_settings s ON s.customer_id = a.id",
    kMessagingCatalogueTimeout};
constexpr pg::Query kOptOuts{"store.messaging.opt_outs",
                             "SELECT customer_id, sender, recipient FROM sms.opt_outs",
                             kMessagingCatalogueTimeout};
constexpr pg::Query kCampaigns{
    "store.messaging.campaigns",
    "SELECT id, customer_id, status = 'approved', opt_in_keywords, opt_out_keywords, help_keywords, "
    "opt_in_reply, opt_out_reply, help_reply FROM sms.campaigns",
    kMessagingCatalogueTimeout};
constexpr pg::Query kMessagingCatalogueLimits{
    "store.messaging.campaign_limits",
    "SELECT campaign_id, carrier, per_minute, per_day FROM sms.campaign_limits", kMessagingCatalogueTimeout};
constexpr pg::Query kCarrierPrefixes{"store.messaging.carrier_prefixes",
                                     "SELECT prefix, carrier FROM sms.carrier_prefixes",
                                     kMessagingCatalogueTimeout};
constexpr pg::Query kQuietHours{"store.messaging.quiet_hours",
                                "SELECT " QUIET_HOURS_COLUMNS " FROM sms.quiet_hours",
                                kMessagingCatalogueTimeout};
constexpr pg::Query kMessagingCatalogueZones{
    "store.messaging.prefix_zones", "SELECT prefix, zone FROM sms.prefix_zones", kMessagingCatalogueTimeout};
constexpr pg::Query kRules{"store.messaging.rules",
                           "SELECT " MESSAGE_RULE_COLUMNS " FROM sms.rules ORDER BY rule_order, id",
                           kMessagingCatalogueTimeout};
constexpr pg::Query kMessagingCataloguePlans{
    "store.messaging.plans",
    "SELECT id, message_version, currency, rounding, decimals FROM billing.rate_plans p "
    "WHERE EXISTS (SELECT FROM billing.message_rates r WHERE r.rate_plan_id = p.id)",
    kMessagingCatalogueTimeout};
constexpr pg::Query kMessagingCatalogueRates{
    "store.messaging.rates", "SELECT rate_plan_id, prefix, per_segment_nanos FROM billing.message_rates",
    kMessagingCatalogueTimeout};

void read_bound_esme(RowReader& row, domain::Esme& out) {
  read_esme(row, out);
  row.next(out.password_hash);
}

void read_number(RowReader& row, domain::MessagingNumber& out) {
  row.next(out.e164);
  row.next(out.customer);
  row.next(out.esme);
  row.next(out.webhook_url);
  row.next(out.fallback_url);
  row.next(out.webhook_secret);
  row.next(out.campaign);
}

void read_customer(RowReader& row, domain::MessagingCustomer& out) {
  row.next(out.id);
  row.next(out.active);
  row.next(out.currency);
  row.next(out.rate_plan);
  row.next(out.mps);
  row.next(out.burst);
  row.next(out.receipt_url);
  row.next(out.webhook_secret);
  next_named(row, out.charge, domain::parse_charge_policy);
  row.next(out.needs_campaign);
}

void read_opt_out(RowReader& row, domain::OptOut& out) {
  row.next(out.customer);
  row.next(out.sender);
  row.next(out.recipient);
}

void read_campaign(RowReader& row, domain::Campaign& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.approved);
  row.next(out.opt_in_keywords);
  row.next(out.opt_out_keywords);
  row.next(out.help_keywords);
  row.next(out.opt_in_reply);
  row.next(out.opt_out_reply);
  row.next(out.help_reply);
}

using Limit = std::pair<CampaignId, domain::CampaignLimit>;
void read_limit(RowReader& row, Limit& out) {
  row.next(out.first);
  row.next(out.second.carrier);
  row.next(out.second.per_minute);
  row.next(out.second.per_day);
}

void give_limits(std::vector<Limit> limits, std::vector<domain::Campaign>& campaigns) {
  std::unordered_map<CampaignId, domain::Campaign*> by_id;
  for (auto& campaign : campaigns)
    by_id[campaign.id] = &campaign;
  for (auto& [id, limit] : limits)
    if (const auto found = by_id.find(id); found != by_id.end())
      found->second->limits.push_back(std::move(limit));
}

void read_carrier_prefix(RowReader& row, domain::CarrierPrefix& out) {
  row.next(out.prefix);
  row.next(out.carrier);
}

void read_plan(RowReader& row, domain::MessageRatePlan& out) {
  row.next(out.id);
  row.next(out.version);
  row.next(out.currency);
  next_named(row, out.rounding, parse_rounding);
  row.next(out.decimals);
}

void read_rate(RowReader& row, domain::MessageRate& out) {
  row.next(out.plan);
  row.next(out.prefix);
  row.next(out.per_segment);
}

}  // namespace

Task<std::shared_ptr<const MessagingCatalogue>> MessagingCatalogueRepository::load() {
  auto catalogue = std::make_shared<MessagingCatalogue>();
  auto& c = *catalogue;
  const pg::TransactionOptions options{pg::Isolation::RepeatableRead, true};
  auto tx = co_await pool_.begin(pg::Scope::operators().by("warpd", ""), options);
  if (!tx) co_return error_of(tx.error());
  std::optional<Error> failed;
  co_await load_into(*tx, kEsmes, read_bound_esme, c.esmes, failed);
  co_await load_into(*tx, kConnectors, read_connector, c.connectors, failed);
  co_await load_into(*tx, kRoutes, read_message_route, c.routes, failed);
  co_await load_into(*tx, kMessagingCatalogueNumbers, read_number, c.numbers, failed);
  co_await load_into(*tx, kCustomers, read_customer, c.customers, failed);
  co_await load_into(*tx, kOptOuts, read_opt_out, c.opt_outs, failed);
  std::vector<Limit> limits;
  co_await load_into(*tx, kCampaigns, read_campaign, c.campaigns, failed);
  co_await load_into(*tx, kMessagingCatalogueLimits, read_limit, limits, failed);
  co_await load_into(*tx, kCarrierPrefixes, read_carrier_prefix, c.carrier_prefixes, failed);
  co_await load_into(*tx, kQuietHours, read_quiet_hours, c.quiet_hours, failed);
  co_await load_into(*tx, kMessagingCatalogueZones, read_zone, c.zones, failed);
  co_await load_into(*tx, kRules, read_message_rule, c.rules, failed);
  give_limits(std::move(limits), c.campaigns);
  co_await load_into(*tx, kMessagingCataloguePlans, read_plan, c.plans, failed);
  co_await load_into(*tx, kMessagingCatalogueRates, read_rate, c.rates, failed);
  if (failed) co_return std::move(*failed);
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  c.version = ++loads_;
  co_return std::shared_ptr<const MessagingCatalogue>(std::move(catalogue));
}

}  // namespace warp::store
