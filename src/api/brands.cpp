// /messaging/brands: who stands behind campaigns.
#include "warp/store/brands.h"

#include "warp/domain/campaign_registry.h"
#include "warp/store/campaigns.h"

#include "registry_calls.h"

namespace warp::api {
namespace {

const Paging kBrandPaging{"per_page", 20, 100};
constexpr std::uint32_t kMostCampaigns = 10'000;
constexpr const char* kBrandTag = "Brands and campaigns";

// What anybody may know of a brand that is not theirs: no tax number, no person, no address.
constexpr std::array kPublicOfBrand{"entity_type", "display_name", "company_name", "website",
                                    "vertical",    "country",      "mock"};

Answer list_brands(Services& services, Call call) {
  const auto page = read_page(call.query, kBrandPaging);
  const auto found = co_await services.brands.list(call.actor(), call.customer(), page);
  if (!found) co_return from_store(found.error(), "brand");
  co_return page_reply(*found, page, [](const auto& brand) { return show_brand(brand); });
}

Answer get_brand(Services& services, Call call) {
  auto found = co_await services.brands.get(call.actor(), call.id<BrandId>("brand_id"));
  if (!found) co_return from_store(found.error(), "brand");
  auto asking = refreshed(services, call.as_operator(), std::move(*found));
  const auto brand = co_await std::move(asking);
  if (!brand) co_return brand.error();
  co_return reply_with(show_brand(*brand));
}

Answer create_brand(Services& services, Call call) {
  if (auto none = no_registry(services)) co_return *none;
  auto fields = check_brand(call.body);
  if (!fields) co_return fields.error();
  auto start = [&services, fields = *fields,
                mock = is_test_key(call)](domain::RegistryDone<RegisteredBrand> done) {
    services.registry->create_brand(fields, mock, std::move(done));
  };
  auto asking = ask_registry<RegisteredBrand>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) co_return from_registry(said.error(), "brand");
  store::Brand brand;
  brand.customer = *call.customer();
  brand.registry = services.registry->name();
  brand.registry_id = said->id;
  brand.fields = std::move(*fields);
  brand.take(std::move(*said));
  const auto id = brand.registry_id;
  const auto made = co_await services.brands.create(call.as_operator(), std::move(brand));
  if (!made) co_return orphaned(made.error(), "brand", "tcr_brand_id", id);
  co_return reply_with(show_brand(*made), 201);
}

Answer replace_brand(Services& services, Call call) {
  auto found = co_await services.brands.get(call.actor(), call.id<BrandId>("brand_id"));
  if (!found) co_return from_store(found.error(), "brand");
  if (auto other = other_registry(services, found->registry)) co_return *other;
  auto fields = check_brand(call.body);
  if (!fields) co_return fields.error();
  const bool reverify = identity_changed(found->fields, *fields);
  auto start = [&services, id = found->registry_id, fields = *fields,
                reverify](domain::RegistryDone<RegisteredBrand> done) {
    services.registry->update_brand(id, fields, reverify, std::move(done));
  };
  auto asking = ask_registry<RegisteredBrand>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) co_return from_registry(said.error(), "brand");
  found->fields = std::move(*fields);
  found->take(std::move(*said));
  const auto written = co_await services.brands.write(call.as_operator(), std::move(*found));
  if (!written) co_return from_store(written.error(), "brand");
  co_return reply_with(show_brand(*written));
}

bool is_gone(const RegistryResult<RegistryAnswer>& result) {
  return result || result.error().kind == RegistryError::Kind::NotFound;
}

// The registry keeps a brand as long as it has campaigns in force: they end first.
boost::asio::awaitable<std::optional<Failure>> end_campaigns(Services& services, store::Actor actor,
                                                             store::Brand brand) {
  const store::Page all{1, kMostCampaigns};
  const auto campaigns = co_await services.campaigns.list(actor, brand.customer, brand.id, all);
  if (!campaigns) co_return from_store(campaigns.error(), "campaign");
  for (const auto& campaign : campaigns->items) {
    if (campaign.registry != brand.registry || campaign.registry_id.empty() ||
        campaign.status == domain::CampaignStatus::Expired)
      continue;
    auto start = [&services, id = campaign.registry_id](domain::RegistryDone<RegistryAnswer> done) {
      services.registry->remove_campaign(id, std::move(done));
    };
    auto asking = ask_registry<RegistryAnswer>(std::move(start));
    const auto ended = co_await std::move(asking);
    if (!is_gone(ended)) co_return from_registry(ended.error(), "campaign");
  }
  co_return std::nullopt;
}

Answer delete_brand(Services& services, Call call) {
  const auto id = call.id<BrandId>("brand_id");
  const auto found = co_await services.brands.get(call.actor(), id);
  if (!found) co_return from_store(found.error(), "brand");
  if (auto other = other_registry(services, found->registry)) co_return *other;
  auto ending = end_campaigns(services, call.as_operator(), *found);
  if (const auto failed = co_await std::move(ending)) co_return *failed;
  auto start = [&services, name = found->registry_id](domain::RegistryDone<RegistryAnswer> done) {
    services.registry->remove_brand(name, std::move(done));
  };
  auto asking = ask_registry<RegistryAnswer>(std::move(start));
  const auto removed = co_await std::move(asking);
  if (!is_gone(removed)) co_return from_registry(removed.error(), "brand");
  const auto gone = co_await services.brands.remove(call.as_operator(), id);
  if (!gone) co_return from_store(gone.error(), "brand");
  co_return no_content();
}

Answer link_brand(Services& services, Call call) {
  bool made = false;
  auto adopting = adopted(services, call.as_operator(), *call.customer(),
                          call.body["tcr_brand_id"].get<std::string>(), made);
  const auto brand = co_await std::move(adopting);
  if (!brand) co_return brand.error();
  Reply reply;
  reply.status = made ? 201 : 200;
  reply.data = show_brand(*brand);
  co_return reply;
}

Answer lookup_brand(Services& services, Call call) {
  if (auto none = no_registry(services)) co_return *none;
  const std::string id(call.request.param("tcr_brand_id"));
  if (!is_registry_id(id)) co_return not_found("brand");
  const auto own = co_await services.brands.by_registry_id(call.actor(), id);
  auto start = [&services, id](domain::RegistryDone<RegisteredBrand> done) {
    services.registry->brand(id, std::move(done));
  };
  auto asking = ask_registry<RegisteredBrand>(std::move(start));
  const auto said = co_await std::move(asking);
  const bool whole = own || call.principal().is_operator();
  if (!said && said.error().kind == RegistryError::Kind::NotKept && own) {
    Reply reply;
    reply.data = show_brand(*own);
    co_return reply;
  }
  if (!said) co_return from_registry(said.error(), "brand");
  Reply reply;
  reply.data["id"] = own ? Json(own->id.to_string()) : Json();
  reply.data["tcr_brand_id"] = said->id;
  for (const auto& [name, value] : said->fields.items()) {
    const bool open = std::find(kPublicOfBrand.begin(), kPublicOfBrand.end(), name) != kPublicOfBrand.end();
    if (whole || open) reply.data[name] = value;
  }
  reply.data["identity_status"] = said->identity_status;
  reply.data["trust_score"] = value_or_null(said->trust_score);
  reply.data["vetted"] = said->vetted;
  co_return reply;
}

}  // namespace

void add_brands(EndpointTable& table, Services& services) {
  const std::string all = "/messaging/brands", one = all + "/{brand_id:uuid}";
  const auto add = [&](Endpoint endpoint) {
    endpoint.tag = kBrandTag;
    endpoint.scope = endpoint.method == http::Method::Get ? "messaging:read" : "messaging:write";
    endpoint.of_customer = true;
    endpoint.errors.push_back(ErrorCode::TniqError);
    if (endpoint.answer.name.empty()) endpoint.answer = brand_schema();
    table.push_back(std::move(endpoint));
  };
  add({.path = all,
       .summary = "Brands, newest first",
       .tag = kBrandTag,
       .action = act(services, list_brands),
       .query = paging_fields(kBrandPaging),
       .answer_kind = AnswerKind::Page});
  add({.method = http::Method::Post,
       .path = all,
       .summary = "Register a brand; this may cost",
       .tag = kBrandTag,
       .action = act(services, create_brand),
       .customer_needed = true,
       .body_kind = BodyKind::Json,
       .body = {"NewBrand", brand_fields()},
       .status = 201,
       .errors = {ErrorCode::TniqValidation}});
  add({.method = http::Method::Post,
       .path = all + "/link",
       .summary = "Adopt a brand that the registry has",
       .tag = kBrandTag,
       .action = act(services, link_brand),
       .customer_needed = true,
       .body_kind = BodyKind::Json,
       .body = {"BrandLink", {text("tcr_brand_id", 64).between(1, 64).needed()}},
       .status = 201,
       .errors = {ErrorCode::NotFound}});
  add({.path = all + "/lookup/{tcr_brand_id}",
       .summary = "A brand of the registry, not necessarily one's own; of another's, what is public",
       .tag = kBrandTag,
       .action = act(services, lookup_brand),
       .errors = {ErrorCode::NotFound}});
  add({.path = one,
       .summary = "One brand, as the registry has it now",
       .tag = kBrandTag,
       .action = act(services, get_brand),
       .errors = {ErrorCode::NotFound}});
  add({.method = http::Method::Put,
       .path = one,
       .summary = "Replace a brand whole; its identity may be verified anew",
       .tag = kBrandTag,
       .action = act(services, replace_brand),
       .body_kind = BodyKind::Json,
       .body = {"NewBrand", brand_fields()},
       .errors = {ErrorCode::NotFound, ErrorCode::TniqValidation, ErrorCode::Conflict}});
  add({.method = http::Method::Delete,
       .path = one,
       .summary = "Delete a brand for good; its campaigns expire",
       .tag = kBrandTag,
       .action = act(services, delete_brand),
       .answer_kind = AnswerKind::Nothing,
       .status = 204,
       .errors = {ErrorCode::NotFound, ErrorCode::TniqValidation, ErrorCode::Conflict}});
}

}  // namespace warp::api
