// LocalRegistry: domain::CampaignRegistry of a site without TCR. It gives ids and keeps nothing: brands and
// campaigns live in the database alone, and an operator decides about a campaign through the API. Meant for
// traffic that no mobile carrier's registry is asked about, such as between the platform's own numbers.
//
// Any thread may call; `done` is called inside.
#pragma once

#include <memory>
#include <mutex>

#include "warp/base/random.h"
#include "warp/domain/campaign_registry.h"

namespace warp::integrations {

class LocalRegistry final : public domain::CampaignRegistry {
 public:
  explicit LocalRegistry(std::unique_ptr<IdSource> ids) : ids_(std::move(ids)) {}

  std::string_view name() const override { return "local"; }
  void create_brand(domain::Document fields, bool mock,
                    domain::RegistryDone<domain::RegisteredBrand> done) override;
  void brand(std::string id, domain::RegistryDone<domain::RegisteredBrand> done) override;
  void update_brand(std::string id, domain::Document fields, bool reverify,
                    domain::RegistryDone<domain::RegisteredBrand> done) override;
  void remove_brand(std::string id, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void create_campaign(std::string brand_id, domain::Document fields,
                       domain::RegistryDone<domain::RegisteredCampaign> done) override;
  void campaign(std::string id, domain::RegistryDone<domain::RegisteredCampaign> done) override;
  void update_campaign(std::string id, domain::Document fields,
                       domain::RegistryDone<domain::RegisteredCampaign> done) override;
  void remove_campaign(std::string id, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void resubmit(std::string campaign, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void elect(std::string campaign, domain::Document choice,
             domain::RegistryDone<domain::RegistryAnswer> done) override;
  void nudge(std::string campaign, domain::Document words,
             domain::RegistryDone<domain::RegistryAnswer> done) override;
  void carriers(std::string campaign, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void sharing(std::string campaign, domain::RegistryDone<domain::RegistryAnswer> done) override;

 private:
  std::string make_id(const char* prefix);

  std::mutex mutex_;  // guards the source
  std::unique_ptr<IdSource> ids_;
};

}  // namespace warp::integrations
