// Campaigns: what a number may send under, and what the registry decided. Tenants read their own; writing
// needs an operator's actor, attaching numbers does not. The gateway takes messages of approved ones only.
#pragma once

#include "warp/store/brands.h"

namespace warp::store {

struct Campaign {
  CampaignId id;
  CustomerId customer;
  std::optional<BrandId> brand;       // none once the brand is deleted
  std::string registry, registry_id;  // registry_id may be empty: made by hand
  std::string name, use_case;
  domain::CampaignStatus status = domain::CampaignStatus::Pending;
  std::string rejection_reason;
  domain::Document fields = domain::Document::object();
  std::vector<std::string> opt_in_keywords, opt_out_keywords, help_keywords;  // upper case, of the fields
  WallTime created_at{}, updated_at{};

  // What the registry says of it; its fields are laid over ours, keywords follow. True: that was news.
  bool take(domain::RegisteredCampaign said);
  void decide(domain::CampaignStatus decision, std::string reason);
  void read_keywords();  // from the fields
};

class CampaignRepository {
 public:
  explicit CampaignRepository(pg::Pool& pool) : pool_(pool) {}
  // Newest first.
  Task<Paged<Campaign>> list(Actor actor, std::optional<CustomerId> customer, std::optional<BrandId> brand,
                             Page page);
  Task<Campaign> get(Actor actor, CampaignId id);
  Task<Campaign> by_registry_id(Actor actor, std::string registry_id);
  Task<Campaign> create(Actor actor, Campaign campaign);  // Duplicate: adopted already
  Task<Campaign> write(Actor actor, Campaign campaign);

  struct Number {
    std::string e164;
    WallTime attached_at{};
  };
  // By digits.
  Task<Paged<Number>> numbers(Actor actor, CampaignId id, Page page);
  // Those of `e164s` that the customer holds now hang from the campaign, wherever they hung before.
  Task<std::vector<std::string>> attach(Actor actor, CustomerId customer, CampaignId id,
                                        std::vector<std::string> e164s);
  // Those that hung from it and do no more.
  Task<std::vector<std::string>> detach(Actor actor, CampaignId id, std::vector<std::string> e164s);

  Task<std::vector<Campaign>> due(Actor actor, std::string registry, SyncAges ages, std::uint32_t most);
  Task<void> synced(Actor actor, CampaignId id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
