// Carriers, zones, and what campaigns may and say.
#include "warp/store/messaging_rules.h"

#include "array_text.h"
#include "messaging_rows.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kCountPrefixes{
    "store.carrier_prefix.count",
    "SELECT count(*) FROM sms.carrier_prefixes WHERE starts_with(prefix, $1) AND $2 IN ('', carrier)"};
constexpr pg::Query kCampaignRulePrefixes{
    "store.carrier_prefix.list",
    "SELECT prefix, carrier FROM sms.carrier_prefixes WHERE starts_with(prefix, $1) AND $2 IN ('', carrier) "
    "ORDER BY prefix LIMIT $3 OFFSET $4"};
constexpr pg::Query kDropPrefixes{"store.carrier_prefix.drop", "DELETE FROM sms.carrier_prefixes", 30s};
constexpr pg::Query kAddPrefixes{"store.carrier_prefix.add",
                                 "INSERT INTO sms.carrier_prefixes (prefix, carrier) "
                                 "SELECT u.* FROM unnest($1::text[], $2::text[]) AS u",
                                 60s};

constexpr pg::Query kCountZones{"store.prefix_zone.count",
                                "SELECT count(*) FROM sms.prefix_zones WHERE starts_with(prefix, $1)"};
constexpr pg::Query kCampaignRuleZones{
    "store.prefix_zone.list",
    "SELECT prefix, zone FROM sms.prefix_zones WHERE starts_with(prefix, $1) "
    "ORDER BY prefix, zone LIMIT $2 OFFSET $3"};
constexpr pg::Query kZonesOf{
    "store.prefix_zone.of_number",
    "SELECT prefix, zone FROM sms.prefix_zones WHERE prefix = (SELECT left($1, n) FROM generate_series(1, "
    "length($1)) AS n WHERE EXISTS (SELECT FROM sms.prefix_zones z WHERE z.prefix = left($1, n)) "
    "ORDER BY n DESC LIMIT 1) ORDER BY zone"};

#define REPLIES "opt_in_reply, opt_out_reply, help_reply"
constexpr pg::Query kReplies{"store.campaign.replies", "SELECT " REPLIES " FROM sms.campaigns WHERE id = $1"};
constexpr pg::Query kSetReplies{"store.campaign.set_replies",
                                "UPDATE sms.campaigns SET opt_in_reply = $2, opt_out_reply = $3, help_reply "
                                "= $4 WHERE id = $1 RETURNING " REPLIES};
constexpr pg::Query kCampaignRuleLimits{
    "store.campaign.limits",
    "SELECT l.carrier, l.per_minute, l.per_day FROM sms.campaign_limits l "
    "WHERE l.campaign_id = $1 ORDER BY l.carrier"};
constexpr pg::Query kDropLimits{"store.campaign.drop_limits",
                                "DELETE FROM sms.campaign_limits WHERE campaign_id = $1"};
constexpr pg::Query kAddLimit{
    "store.campaign.add_limit",
    "INSERT INTO sms.campaign_limits (campaign_id, customer_id, carrier, per_minute, per_day) "
    "SELECT id, customer_id, $2, $3, $4 FROM sms.campaigns WHERE id = $1"};

void read_prefix(pg::RowReader& row, domain::CarrierPrefix& out) {
  row.next(out.prefix);
  row.next(out.carrier);
}
void read_replies(pg::RowReader& row, CampaignReplies& out) {
  row.next(out.opt_in);
  row.next(out.opt_out);
  row.next(out.help);
}
void read_limit(pg::RowReader& row, domain::CampaignLimit& out) {
  row.next(out.carrier);
  row.next(out.per_minute);
  row.next(out.per_day);
}

}  // namespace

Task<Paged<domain::CarrierPrefix>> CarrierPrefixRepository::list(Actor actor, std::string prefix,
                                                                 std::string carrier, Page page) {
  return ask_page<domain::CarrierPrefix>(pool_, scope_of(actor), kCountPrefixes, kCampaignRulePrefixes,
                                         pg::Params::of(prefix, carrier), page, read_prefix);
}

Task<void> CarrierPrefixRepository::set(Actor actor, std::vector<domain::CarrierPrefix> rows) {
  ArrayText prefixes, carriers;
  for (const auto& row : rows) {
    prefixes.text(row.prefix);
    carriers.text(row.carrier);
  }
  std::vector<pg::Statement> statements;
  statements.push_back({&kDropPrefixes, pg::Params()});
  statements.push_back(
      {&kAddPrefixes, pg::Params::of(std::move(prefixes).finish(), std::move(carriers).finish())});
  const auto done = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<Paged<domain::PrefixZone>> PrefixZoneRepository::list(Actor actor, std::string prefix, Page page) {
  return ask_page<domain::PrefixZone>(pool_, scope_of(actor), kCountZones, kCampaignRuleZones,
                                      pg::Params::of(prefix), page, read_zone);
}
Task<std::vector<domain::PrefixZone>> PrefixZoneRepository::of_number(Actor actor, std::string digits) {
  return ask_all<domain::PrefixZone>(pool_, scope_of(actor), kZonesOf, pg::Params::of(digits), read_zone);
}

Task<CampaignReplies> CampaignRuleRepository::replies(Actor actor, CampaignId id) {
  return ask_one<CampaignReplies>(pool_, scope_of(actor), kReplies, pg::Params::of(id), read_replies);
}
Task<CampaignReplies> CampaignRuleRepository::set_replies(Actor actor, CampaignId id,
                                                          CampaignReplies replies) {
  return ask_one<CampaignReplies>(pool_, scope_of(actor), kSetReplies,
                                  pg::Params::of(id, replies.opt_in, replies.opt_out, replies.help),
                                  read_replies);
}

Task<std::vector<domain::CampaignLimit>> CampaignRuleRepository::limits(Actor actor, CampaignId id) {
  const auto campaign = co_await replies(actor, id);
  if (!campaign) co_return campaign.error();
  auto params = pg::Params::of(id);
  co_return co_await ask_all<domain::CampaignLimit>(pool_, scope_of(actor), kCampaignRuleLimits,
                                                    std::move(params), read_limit);
}

Task<std::vector<domain::CampaignLimit>> CampaignRuleRepository::set_limits(
    Actor actor, CampaignId id, std::vector<domain::CampaignLimit> wanted) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kDropLimits, pg::Params::of(id)});
  for (const auto& limit : wanted)
    statements.push_back({&kAddLimit, pg::Params::of(id, limit.carrier, limit.per_minute, limit.per_day)});
  const auto done = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!done) co_return error_of(done.error());
  co_return co_await limits(actor, id);
}

}  // namespace warp::store
