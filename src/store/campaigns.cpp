#include "warp/store/campaigns.h"

#include <algorithm>

#include "warp/base/text.h"

#include "registry_rows.h"

#define CAMPAIGN_COLUMNS                                                                         \
  "id, customer_id, brand_id, registry, coalesce(tcr_campaign_id, ''), name, use_case, status, " \
  "rejection_reason, fields, opt_in_keywords, opt_out_keywords, help_keywords, created_at, updated_at"
#define MATCHING_CAMPAIGNS                                                \
  " FROM sms.campaigns WHERE ($1::uuid IS NULL OR customer_id = $1) AND " \
  "($2::uuid IS NULL OR brand_id = $2)"

namespace warp::store {
namespace {

using AttachedNumber = CampaignRepository::Number;

constexpr std::size_t kLongestName = 128, kLongestReason = 2000, kMostKeywords = 50;

constexpr pg::Query kCountCampaigns{"store.campaign.count", "SELECT count(*)" MATCHING_CAMPAIGNS};
constexpr pg::Query kListCampaigns{"store.campaign.list",
                                   "SELECT " CAMPAIGN_COLUMNS MATCHING_CAMPAIGNS
                                   " ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4"};
constexpr pg::Query kGetCampaign{"store.campaign.get",
                                 "SELECT " CAMPAIGN_COLUMNS " FROM sms.campaigns WHERE id = $1"};
constexpr pg::Query kCampaignByRegistryId{"store.campaign.by_registry_id",
                                          "SELECT " CAMPAIGN_COLUMNS
                                          " FROM sms.campaigns WHERE tcr_campaign_id = $1"};
constexpr pg::Query kCreateCampaign{
    "store.campaign.create",
    "INSERT INTO sms.campaigns (customer_id, brand_id, registry, tcr_campaign_id, name, use_case, status, "
    "rejection_reason, fields, opt_in_keywords, opt_out_keywords, help_keywords) VALUES ($1, $2, $3, "
    "nullif($4, ''), $5, $6, $7, $8, $9::jsonb, $10::text[], $11::text[], $12::text[]) "
    "RETURNING " CAMPAIGN_COLUMNS};
constexpr pg::Query kWriteCampaign{
    "store.campaign.write",
    "UPDATE sms.campaigns SET name = $2, use_case = $3, status = $4, rejection_reason = $5, fields = "
    "$6::jsonb, "
    "opt_in_keywords = $7::text[], opt_out_keywords = $8::text[], help_keywords = $9::text[] WHERE id = $1 "
    "RETURNING " CAMPAIGN_COLUMNS};
constexpr pg::Query kCountAttached{
    "store.campaign.count_numbers",
    "SELECT count(*) FROM sms.number_settings s JOIN numbers.inventory n ON n.e164 = s.e164 AND "
    "n.customer_id = s.customer_id WHERE s.campaign_id = $1"};
constexpr pg::Query kCampaignNumbers{
    "store.campaign.numbers",
    "SELECT s.e164, s.updated_at FROM sms.number_settings s JOIN numbers.inventory n ON n.e164 = s.e164 AND "
    "n.customer_id = s.customer_id WHERE s.campaign_id = $1 ORDER BY s.e164 LIMIT $2 OFFSET $3"};
constexpr pg::Query kAttach{
    "store.campaign.attach",
    "INSERT INTO sms.number_settings AS s (e164, customer_id, campaign_id) SELECT e164, customer_id, "
    "$3::uuid "
    "FROM numbers.inventory WHERE e164 = ANY($1::text[]) AND customer_id = $2 AND status IN ('held', "
    "'active') "
    "ON CONFLICT (e164) DO UPDATE SET campaign_id = excluded.campaign_id RETURNING e164"};
constexpr pg::Query kDetach{"store.campaign.detach",
                            "UPDATE sms.number_settings SET campaign_id = NULL WHERE e164 = ANY($2::text[]) "
                            "AND campaign_id = $1 RETURNING e164"};
constexpr pg::Query kDueCampaigns{
    "store.campaign.due",
    "SELECT " CAMPAIGN_COLUMNS
    " FROM sms.campaigns c LEFT JOIN sms.registry_syncs s ON s.object_id = c.id WHERE c.registry = $1 AND "
    "c.tcr_campaign_id IS NOT NULL AND c.status <> 'expired' AND "
    "coalesce(s.synced_at, '-infinity') <= now() - make_interval(secs => CASE WHEN c.status = 'pending' "
    "THEN $2::double precision ELSE $3::double precision END) "
    "ORDER BY s.synced_at NULLS FIRST, c.id LIMIT $4"};

void read_campaign(pg::RowReader& row, Campaign& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.brand);
  row.next(out.registry);
  row.next(out.registry_id);
  row.next(out.name);
  row.next(out.use_case);
  next_named(row, out.status, domain::parse_campaign_status);
  row.next(out.rejection_reason);
  next_document(row, out.fields);
  row.next(out.opt_in_keywords);
  row.next(out.opt_out_keywords);
  row.next(out.help_keywords);
  row.next(out.created_at);
  row.next(out.updated_at);
}
void read_number(pg::RowReader& row, AttachedNumber& out) {
  row.next(out.e164);
  row.next(out.attached_at);
}
void add_said(pg::Params& params, const Campaign& c) {
  params.add(c.name).add(c.use_case).add(to_string(c.status)).add(c.rejection_reason).add(text_of(c.fields));
  params.add(c.opt_in_keywords).add(c.opt_out_keywords).add(c.help_keywords);
}

Task<Campaign> one_campaign(pg::Pool& pool, const Actor& actor, const pg::Query& query, pg::Params params) {
  return ask_one<Campaign>(pool, scope_of(actor), query, std::move(params), read_campaign);
}

std::string field_of(const domain::Document& fields, const char* name) {
  const auto found = fields.find(name);
  return found != fields.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// At most `most` octets, and no character cut.
std::string clipped(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
    --most;
  text.resize(most);
  return text;
}

// "stop, Cancel" is STOP and CANCEL.
std::vector<std::string> words_of(std::string_view text, const char* usual) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < kMostKeywords) {
    const auto comma = std::min(text.find(','), text.size());
    std::string word(trim(text.substr(0, comma)));
    for (char& c : word)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (!word.empty() && std::find(out.begin(), out.end(), word) == out.end()) out.push_back(std::move(word));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (out.empty()) out.emplace_back(usual);
  return out;
}

}  // namespace

void Campaign::read_keywords() {
  opt_in_keywords = words_of(field_of(fields, "optin_keywords"), "START");
  opt_out_keywords = words_of(field_of(fields, "optout_keywords"), "STOP");
  help_keywords = words_of(field_of(fields, "help_keywords"), "HELP");
}

void Campaign::decide(domain::CampaignStatus decision, std::string reason) {
  status = decision;
  rejection_reason = clipped(std::move(reason), kLongestReason);
}

bool Campaign::take(domain::RegisteredCampaign said) {
  bool news = lay_over(fields, said.fields);
  if (news) read_keywords();
  const auto code = field_of(fields, "usecase");
  if (!code.empty()) news |= renew(use_case, code);
  const auto reference = field_of(fields, "reference_id");
  news |= renew(name, clipped(reference.empty() ? use_case + " " + registry_id : reference, kLongestName));
  if (!said.status) return news;
  // A reason that came with an event stays until the decision changes.
  if (said.rejection_reason.empty() && *said.status == status) return news;
  news |= renew(status, *said.status);
  news |= renew(rejection_reason, clipped(std::move(said.rejection_reason), kLongestReason));
  return news;
}

Task<Paged<Campaign>> CampaignRepository::list(Actor actor, std::optional<CustomerId> customer,
                                               std::optional<BrandId> brand, Page page) {
  return ask_page<Campaign>(pool_, scope_of(actor), kCountCampaigns, kListCampaigns,
                            pg::Params::of(customer, brand), page, read_campaign);
}
Task<Campaign> CampaignRepository::get(Actor actor, CampaignId id) {
  return one_campaign(pool_, actor, kGetCampaign, pg::Params::of(id));
}
Task<Campaign> CampaignRepository::by_registry_id(Actor actor, std::string registry_id) {
  return one_campaign(pool_, actor, kCampaignByRegistryId, pg::Params::of(registry_id));
}
Task<Campaign> CampaignRepository::create(Actor actor, Campaign c) {
  auto params = pg::Params::of(c.customer, c.brand, c.registry, c.registry_id);
  add_said(params, c);
  return one_campaign(pool_, actor, kCreateCampaign, std::move(params));
}
Task<Campaign> CampaignRepository::write(Actor actor, Campaign c) {
  auto params = pg::Params::of(c.id);
  add_said(params, c);
  return one_campaign(pool_, actor, kWriteCampaign, std::move(params));
}

Task<Paged<AttachedNumber>> CampaignRepository::numbers(Actor actor, CampaignId id, Page page) {
  return ask_page<AttachedNumber>(pool_, scope_of(actor), kCountAttached, kCampaignNumbers,
                                  pg::Params::of(id), page, read_number);
}
Task<std::vector<std::string>> CampaignRepository::attach(Actor actor, CustomerId customer, CampaignId id,
                                                          std::vector<std::string> e164s) {
  return ask_all<std::string>(pool_, scope_of(actor), kAttach, pg::Params::of(e164s, customer, id),
                              read_value<std::string>);
}
Task<std::vector<std::string>> CampaignRepository::detach(Actor actor, CampaignId id,
                                                          std::vector<std::string> e164s) {
  return ask_all<std::string>(pool_, scope_of(actor), kDetach, pg::Params::of(id, e164s),
                              read_value<std::string>);
}

Task<std::vector<Campaign>> CampaignRepository::due(Actor actor, std::string registry, SyncAges ages,
                                                    std::uint32_t most) {
  return ask_all<Campaign>(pool_, scope_of(actor), kDueCampaigns,
                           pg::Params::of(registry, ages.open.count(), ages.settled.count(), most),
                           read_campaign);
}
Task<void> CampaignRepository::synced(Actor actor, CampaignId id) {
  return note_sync(pool_, std::move(actor), id.value);
}

}  // namespace warp::store
