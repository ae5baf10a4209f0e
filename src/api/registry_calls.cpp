#include "registry_calls.h"

#include "warp/base/text.h"

#include "message_submit.h"

namespace warp::api {
namespace {

using Kind = RegistryError::Kind;

void keep_known(Json& out, const domain::Document& fields) {
  for (const auto& [name, value] : fields.items())
    out[name] = value;
}

}  // namespace

Failure from_registry(const RegistryError& error, std::string_view what) {
  Failure failure;
  switch (error.kind) {
    case Kind::NotFound:
    case Kind::NotKept:
      return not_found(what);
    case Kind::Refused:
      failure = Failure{ErrorCode::TniqValidation, error.message};
      if (!error.details.is_null()) failure.details["errors"] = error.details;
      break;
    case Kind::Unavailable:
      failure = Failure{ErrorCode::TniqError, error.message};
      break;
  }
  failure.internal = error.internal;
  return failure;
}

std::optional<Failure> no_registry(const Services& services) {
  if (services.registry) return std::nullopt;
  return Failure{ErrorCode::TniqError, "This node has no registry of brands and campaigns."};
}

std::optional<Failure> other_registry(const Services& services, const std::string& owner) {
  if (auto none = no_registry(services)) return none;
  if (services.registry->name() == owner) return std::nullopt;
  Failure failure{ErrorCode::Conflict,
                  "It was registered elsewhere, when the platform was set up otherwise."};
  failure.details["reason"] = "other_registry";
  failure.details["registry"] = owner;
  return failure;
}

Failure orphaned(const store::Error& error, const char* what, const char* name, const std::string& id) {
  if (error.kind == store::ErrorKind::Duplicate) return not_found(what);
  auto failure = from_store(error, what);
  failure.details["reason"] = "registered_not_kept";
  failure.details[name] = id;
  failure.internal += " [" + id + " is registered]";
  return failure;
}

bool is_test_key(const Call& call) {
  const auto header = call.request.headers.get_or("Authorization", "");
  return trim(header.substr(std::min(header.find(' '), header.size()))).starts_with("rk_test_");
}

bool is_registry_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
  });
}

Json show_brand(const store::Brand& brand) {
  Json out;
  out["id"] = brand.id.to_string();
  out["customer_id"] = brand.customer.to_string();
  out["tcr_brand_id"] = brand.registry_id;
  keep_known(out, brand.fields);
  out["identity_status"] = brand.identity_status;
  out["trust_score"] = value_or_null(brand.trust_score);
  out["vetted"] = brand.vetted;
  out["created_at"] = timestamp(brand.created_at);
  out["updated_at"] = timestamp(brand.updated_at);
  return out;
}

Json show_campaign(const store::Campaign& campaign) {
  Json out;
  out["id"] = campaign.id.to_string();
  out["customer_id"] = campaign.customer.to_string();
  out["tcr_campaign_id"] = campaign.registry_id.empty() ? Json() : Json(campaign.registry_id);
  out["usecase"] = campaign.use_case;
  keep_known(out, campaign.fields);
  out["brand_id"] = id_or_null(campaign.brand);
  out["status"] = to_string(campaign.status);
  out["rejection_reason"] = campaign.rejection_reason.empty() ? Json() : Json(campaign.rejection_reason);
  out["created_at"] = timestamp(campaign.created_at);
  out["updated_at"] = timestamp(campaign.updated_at);
  return out;
}

Schema brand_schema() {
  auto fields = brand_fields();
  fields.insert(fields.begin(), {uuid("id").or_null(), uuid("customer_id"), text("tcr_brand_id")});
  fields.push_back(text("identity_status").says("SELF_DECLARED, UNVERIFIED, VERIFIED, VETTED_VERIFIED."));
  fields.push_back(integer("trust_score", 0, 100).or_null());
  fields.push_back(boolean("vetted"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Brand", std::move(fields)};
}

Schema campaign_schema() {
  auto fields = campaign_fields();
  fields.insert(fields.begin(), {uuid("id").or_null(), uuid("customer_id"), text("tcr_campaign_id").or_null(),
                                 uuid("brand_id").or_null(), text("tcr_brand_id")});
  fields.push_back(
      text("status").one_of({"pending", "approved", "rejected", "suspended", "expired"}).or_null());
  fields.push_back(text("next_renewal_or_expiration_date").says("As the registry has it."));
  fields.push_back(text("rejection_reason").or_null());
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Campaign", std::move(fields)};
}

boost::asio::awaitable<Outcome<store::Brand>> refreshed(Services& services, store::Actor writer,
                                                        store::Brand brand) {
  if (other_registry(services, brand.registry)) co_return std::move(brand);
  auto start = [&services, id = brand.registry_id](domain::RegistryDone<RegisteredBrand> done) {
    services.registry->brand(id, std::move(done));
  };
  auto asking = ask_registry<RegisteredBrand>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said && said.error().kind == Kind::NotKept) co_return std::move(brand);
  if (!said) co_return from_registry(said.error(), "brand");
  if (!brand.take(std::move(*said))) co_return std::move(brand);
  auto written = co_await services.brands.write(std::move(writer), std::move(brand));
  if (!written) co_return from_store(written.error(), "brand");
  co_return std::move(*written);
}

boost::asio::awaitable<Outcome<store::Campaign>> refreshed(Services& services, store::Actor writer,
                                                           store::Campaign campaign) {
  if (campaign.registry_id.empty() || other_registry(services, campaign.registry))
    co_return std::move(campaign);
  auto start = [&services, id = campaign.registry_id](domain::RegistryDone<RegisteredCampaign> done) {
    services.registry->campaign(id, std::move(done));
  };
  auto asking = ask_registry<RegisteredCampaign>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said && said.error().kind == Kind::NotKept) co_return std::move(campaign);
  if (!said) co_return from_registry(said.error(), "campaign");
  if (!campaign.take(std::move(*said))) co_return std::move(campaign);
  auto written = co_await services.campaigns.write(std::move(writer), std::move(campaign));
  if (!written) co_return from_store(written.error(), "campaign");
  co_return std::move(*written);
}

boost::asio::awaitable<Outcome<store::Brand>> adopted(Services& services, store::Actor writer,
                                                      CustomerId customer, std::string registry_id,
                                                      bool& made) {
  made = false;
  if (!is_registry_id(registry_id)) co_return not_found("brand");
  auto known = co_await services.brands.by_registry_id(writer, registry_id);
  if (known && known->customer != customer) co_return not_found("brand");
  if (known) co_return std::move(*known);
  if (known.error().kind != store::ErrorKind::NotFound) co_return from_store(known.error(), "brand");
  if (auto none = no_registry(services)) co_return *none;
  auto start = [&services, registry_id](domain::RegistryDone<RegisteredBrand> done) {
    services.registry->brand(registry_id, std::move(done));
  };
  auto asking = ask_registry<RegisteredBrand>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) co_return from_registry(said.error(), "brand");
  store::Brand brand;
  brand.customer = customer;
  brand.registry = services.registry->name();
  brand.registry_id = std::move(registry_id);
  brand.take(std::move(*said));
  auto kept = co_await services.brands.create(std::move(writer), std::move(brand));
  if (!kept)
    co_return kept.error().kind == store::ErrorKind::Duplicate ? not_found("brand")
                                                               : from_store(kept.error(), "brand");
  made = true;
  co_return std::move(*kept);
}

}  // namespace warp::api
