// /messaging/campaigns: what is registered, read, changed, adopted.
#include "warp/store/campaigns.h"

#include "warp/domain/campaign_registry.h"
#include "warp/store/brands.h"

#include "registry_calls.h"

namespace warp::api {
namespace {

const Paging kCampaignPaging{"per_page", 20, 100};
constexpr const char* kCampaignTag = "Brands and campaigns";
// Of a campaign that is not one's own: no wording, no sample.
constexpr std::array kPublicOfCampaign{"usecase",      "sub_usecases", "vertical",
                                       "auto_renewal", "create_date",  "mock"};

std::vector<Field> campaign_body(bool create) {
  auto fields = campaign_fields();
  auto brand = uuid("brand_id");
  brand.required = create;
  fields.insert(fields.begin(), std::move(brand));
  return fields;
}

Answer list_campaigns(Services& services, Call call) {
  const auto page = read_page(call.query, kCampaignPaging);
  std::optional<BrandId> brand;
  if (const auto id = take<std::string>(call.query, "brand_id")) brand = BrandId::parse(*id);
  const auto found = co_await services.campaigns.list(call.actor(), call.customer(), brand, page);
  if (!found) co_return from_store(found.error(), "campaign");
  co_return page_reply(*found, page, [](const auto& campaign) { return show_campaign(campaign); });
}

Answer get_campaign(Services& services, Call call) {
  auto found = co_await services.campaigns.get(call.actor(), call.id<CampaignId>("campaign_id"));
  if (!found) co_return from_store(found.error(), "campaign");
  auto asking = refreshed(services, call.as_operator(), std::move(*found));
  const auto campaign = co_await std::move(asking);
  if (!campaign) co_return campaign.error();
  co_return reply_with(show_campaign(*campaign));
}

Answer create_campaign(Services& services, Call call) {
  if (auto none = no_registry(services)) co_return *none;
  const auto brand_id = *BrandId::parse(call.body["brand_id"].get<std::string>());
  const auto brand = co_await services.brands.get(call.actor(), brand_id);
  if (!brand) co_return from_store(brand.error(), "brand");
  if (auto other = other_registry(services, brand->registry)) co_return *other;
  auto body = call.body;
  body.erase("brand_id");
  auto fields = check_campaign(std::move(body));
  if (!fields) co_return fields.error();
  auto start = [&services, name = brand->registry_id,
                fields = *fields](domain::RegistryDone<RegisteredCampaign> done) {
    services.registry->create_campaign(name, fields, std::move(done));
  };
  auto asking = ask_registry<RegisteredCampaign>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) co_return from_registry(said.error(), "brand");
  store::Campaign campaign;
  campaign.customer = brand->customer;
  campaign.brand = brand->id;
  campaign.registry = services.registry->name();
  campaign.registry_id = said->id;
  campaign.fields = std::move(*fields);
  campaign.read_keywords();
  campaign.take(std::move(*said));
  const auto id = campaign.registry_id;
  const auto made = co_await services.campaigns.create(call.as_operator(), std::move(campaign));
  if (!made) co_return orphaned(made.error(), "campaign", "tcr_campaign_id", id);
  co_return reply_with(show_campaign(*made), 201);
}

// What a change may not touch, when it is given and differs.
std::optional<Failure> fixed_differs(const Json& body, const store::Campaign& campaign) {
  Json wrong = Json::object();
  const auto brand = take<std::string>(body, "brand_id");
  if (brand && BrandId::parse(*brand) != campaign.brand) wrong["brand_id"] = "cannot change";
  const auto code = take<std::string>(body, "usecase");
  if (code && *code != campaign.use_case) wrong["usecase"] = "cannot change";
  if (wrong.empty()) return std::nullopt;
  Failure failure{ErrorCode::TniqValidation, "A campaign keeps its brand and its use case."};
  failure.details["fields"] = std::move(wrong);
  return failure;
}

Answer update_campaign(Services& services, Call call) {
  auto found = co_await services.campaigns.get(call.actor(), call.id<CampaignId>("campaign_id"));
  if (!found) co_return from_store(found.error(), "campaign");
  if (auto other = other_registry(services, found->registry)) co_return *other;
  if (auto fixed = fixed_differs(call.body, *found)) co_return *fixed;
  auto given = call.body;
  for (const char* name : {"brand_id", "usecase", "sub_usecases"})
    given.erase(name);
  auto whole = found->fields;
  whole["usecase"] = found->use_case;
  for (const auto& [name, value] : given.items())
    whole[name] = value;
  auto fields = check_campaign(std::move(whole));
  if (!fields) co_return fields.error();
  auto start = [&services, id = found->registry_id, given](domain::RegistryDone<RegisteredCampaign> done) {
    services.registry->update_campaign(id, given, std::move(done));
  };
  auto asking = ask_registry<RegisteredCampaign>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) co_return from_registry(said.error(), "campaign");
  found->fields = std::move(*fields);
  found->take(std::move(*said));
  found->read_keywords();
  const auto written = co_await services.campaigns.write(call.as_operator(), std::move(*found));
  if (!written) co_return from_store(written.error(), "campaign");
  co_return reply_with(show_campaign(*written));
}

boost::asio::awaitable<RegistryResult<RegisteredCampaign>> ask_campaign(Services& services, std::string id) {
  auto start = [&services, id = std::move(id)](domain::RegistryDone<RegisteredCampaign> done) {
    services.registry->campaign(id, std::move(done));
  };
  auto asking = ask_registry<RegisteredCampaign>(std::move(start));
  co_return co_await std::move(asking);
}

// Its brand comes with it; a brand that is another customer's hides the campaign.
Answer link_campaign(Services& services, Call call) {
  if (auto none = no_registry(services)) co_return *none;
  const auto id = call.body["tcr_campaign_id"].get<std::string>();
  const auto customer = *call.customer();
  if (!is_registry_id(id)) co_return not_found("campaign");
  const auto known = co_await services.campaigns.by_registry_id(call.as_operator(), id);
  Reply reply;
  if (known) {
    if (known->customer != customer) co_return not_found("campaign");
    reply.data = show_campaign(*known);
    co_return reply;
  }
  if (known.error().kind != store::ErrorKind::NotFound) co_return from_store(known.error(), "campaign");
  auto asking = ask_campaign(services, id);
  auto said = co_await std::move(asking);
  if (!said) co_return from_registry(said.error(), "campaign");
  bool made = false;
  auto adopting = adopted(services, call.as_operator(), customer, said->brand_id, made);
  const auto brand = co_await std::move(adopting);
  if (!brand) co_return brand.error().code == ErrorCode::NotFound ? not_found("campaign") : brand.error();
  store::Campaign campaign;
  campaign.customer = customer;
  campaign.brand = brand->id;
  campaign.registry = services.registry->name();
  campaign.registry_id = id;
  campaign.take(std::move(*said));
  campaign.read_keywords();
  const auto kept = co_await services.campaigns.create(call.as_operator(), std::move(campaign));
  if (!kept)
    co_return kept.error().kind == store::ErrorKind::Duplicate ? not_found("campaign")
                                                               : from_store(kept.error(), "campaign");
  reply.status = 201;
  reply.data = show_campaign(*kept);
  co_return reply;
}

Answer lookup_campaign(Services& services, Call call) {
  if (auto none = no_registry(services)) co_return *none;
  const std::string id(call.request.param("tcr_campaign_id"));
  if (!is_registry_id(id)) co_return not_found("campaign");
  const auto own = co_await services.campaigns.by_registry_id(call.actor(), id);
  auto asking = ask_campaign(services, id);
  const auto said = co_await std::move(asking);
  Reply reply;
  if (!said && said.error().kind == RegistryError::Kind::NotKept && own) {
    reply.data = show_campaign(*own);
    co_return reply;
  }
  if (!said) co_return from_registry(said.error(), "campaign");
  const bool whole = own || call.principal().is_operator();
  reply.data["id"] = own ? Json(own->id.to_string()) : Json();
  reply.data["tcr_campaign_id"] = said->id;
  reply.data["tcr_brand_id"] = said->brand_id;
  for (const auto& [name, value] : said->fields.items()) {
    const bool open =
        std::find(kPublicOfCampaign.begin(), kPublicOfCampaign.end(), name) != kPublicOfCampaign.end();
    if (whole || open) reply.data[name] = value;
  }
  reply.data["status"] = said->status ? Json(to_string(*said->status)) : Json();
  co_return reply;
}

}  // namespace

void add_campaigns(EndpointTable& table, Services& services) {
  const std::string all = "/messaging/campaigns", one = all + "/{campaign_id:uuid}";
  const auto add = [&](Endpoint endpoint) {
    endpoint.tag = kCampaignTag;
    endpoint.scope = endpoint.method == http::Method::Get ? "messaging:read" : "messaging:write";
    endpoint.of_customer = true;
    endpoint.answer = campaign_schema();
    endpoint.errors.push_back(ErrorCode::TniqError);
    table.push_back(std::move(endpoint));
  };
  auto query = paging_fields(kCampaignPaging);
  query.push_back(uuid("brand_id"));
  add({.path = all,
       .summary = "Campaigns, newest first",
       .tag = kCampaignTag,
       .action = act(services, list_campaigns),
       .query = std::move(query),
       .answer_kind = AnswerKind::Page});
  add({.method = http::Method::Post,
       .path = all,
       .summary = "Register a campaign of a brand; this costs, and its review can take days",
       .tag = kCampaignTag,
       .action = act(services, create_campaign),
       .body_kind = BodyKind::Json,
       .body = {"NewCampaign", campaign_body(true)},
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::TniqValidation, ErrorCode::Conflict}});
  add({.method = http::Method::Post,
       .path = all + "/link",
       .summary = "Adopt a campaign that the registry has, and its brand",
       .tag = kCampaignTag,
       .action = act(services, link_campaign),
       .customer_needed = true,
       .body_kind = BodyKind::Json,
       .body = {"CampaignLink", {text("tcr_campaign_id", 64).between(1, 64).needed()}},
       .status = 201,
       .errors = {ErrorCode::NotFound}});
  add({.path = all + "/lookup/{tcr_campaign_id}",
       .summary = "A campaign of the registry, not necessarily one's own; of another's, what is public",
       .tag = kCampaignTag,
       .action = act(services, lookup_campaign),
       .errors = {ErrorCode::NotFound}});
  add({.path = one,
       .summary = "One campaign, as the registry has it now",
       .tag = kCampaignTag,
       .action = act(services, get_campaign),
       .errors = {ErrorCode::NotFound}});
  add({.method = http::Method::Put,
       .path = one,
       .summary = "Change a campaign; what is left out stays",
       .tag = kCampaignTag,
       .action = act(services, update_campaign),
       .body_kind = BodyKind::Json,
       .body = {"CampaignChange", campaign_body(false)},
       .errors = {ErrorCode::NotFound, ErrorCode::TniqValidation, ErrorCode::Conflict}});
}

}  // namespace warp::api
