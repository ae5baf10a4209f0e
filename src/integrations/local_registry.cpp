#include "warp/integrations/local_registry.h"

#include "warp/base/text.h"

namespace warp::integrations {
namespace {

using domain::Document;
using domain::RegisteredBrand;
using domain::RegisteredCampaign;
using domain::RegistryAnswer;
using domain::RegistryDone;
using domain::RegistryError;

constexpr const char* kIdentity = "SELF_DECLARED";  // nobody verified it
constexpr unsigned kIdLetters = 10;

RegistryError not_kept() {
  return {RegistryError::Kind::NotKept, "This site has no registry beside its own database.", {}, {}};
}

}  // namespace

// Longer than TCR's ids and with another beginning, so that neither is ever taken for the other.
std::string LocalRegistry::make_id(const char* prefix) {
  std::lock_guard guard(mutex_);
  auto out = std::string(prefix);
  for (char& c : out.append(ids_->hex(kIdLetters)))
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

void LocalRegistry::create_brand(Document fields, bool, RegistryDone<RegisteredBrand> done) {
  RegisteredBrand brand;
  brand.id = make_id("LB");
  brand.identity_status = kIdentity;
  brand.fields = std::move(fields);
  done(std::move(brand));
}
void LocalRegistry::brand(std::string, RegistryDone<RegisteredBrand> done) {
  done(not_kept());
}
void LocalRegistry::update_brand(std::string id, Document fields, bool, RegistryDone<RegisteredBrand> done) {
  RegisteredBrand brand;
  brand.id = std::move(id);
  brand.identity_status = kIdentity;
  brand.fields = std::move(fields);
  done(std::move(brand));
}
void LocalRegistry::remove_brand(std::string, RegistryDone<RegistryAnswer> done) {
  done(RegistryAnswer{});
}
void LocalRegistry::create_campaign(std::string brand_id, Document fields,
                                    RegistryDone<RegisteredCampaign> done) {
  RegisteredCampaign campaign;
  campaign.id = make_id("LC");
  campaign.brand_id = std::move(brand_id);
  campaign.status = domain::CampaignStatus::Pending;
  campaign.fields = std::move(fields);
  done(std::move(campaign));
}
void LocalRegistry::campaign(std::string, RegistryDone<RegisteredCampaign> done) {
  done(not_kept());
}
void LocalRegistry::update_campaign(std::string id, Document fields, RegistryDone<RegisteredCampaign> done) {
  RegisteredCampaign campaign;
  campaign.id = std::move(id);
  campaign.fields = std::move(fields);
  done(std::move(campaign));
}
void LocalRegistry::remove_campaign(std::string, RegistryDone<RegistryAnswer> done) {
  done(RegistryAnswer{});
}
void LocalRegistry::resubmit(std::string, RegistryDone<RegistryAnswer> done) {
  done(RegistryAnswer{});
}
void LocalRegistry::elect(std::string, Document choice, RegistryDone<RegistryAnswer> done) {
  done(RegistryAnswer{std::move(choice)});
}
void LocalRegistry::nudge(std::string, Document, RegistryDone<RegistryAnswer> done) {
  done(RegistryAnswer{});
}
void LocalRegistry::carriers(std::string, RegistryDone<RegistryAnswer> done) {
  done(not_kept());
}
void LocalRegistry::sharing(std::string, RegistryDone<RegistryAnswer> done) {
  done(not_kept());
}

}  // namespace warp::integrations
