// The messaging side of numbers, as the API shows and changes it.
#pragma once

#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct NumberMessaging {
  std::string e164;
  std::optional<CustomerId> customer;
  std::optional<EsmeId> esme;
  std::string webhook_url, fallback_url;
  bool has_secret = false;
  std::optional<CampaignId> campaign;
  std::string campaign_status;   // empty without a campaign
  std::optional<BrandId> brand;  // the campaign's
};

// Absent: as it is. The campaign is not touched.
struct NumberMessagingPatch {
  std::optional<std::string> webhook_url, fallback_url, webhook_secret;
  Nullable<EsmeId> esme;
};

class NumberMessagingRepository {
 public:
  explicit NumberMessagingRepository(pg::Pool& pool) : pool_(pool) {}
  // Numbers that somebody holds, by digits.
  Task<std::vector<NumberMessaging>> list(Actor actor, std::optional<CustomerId> customer);
  // Those of `numbers` that somebody holds.
  Task<std::vector<NumberMessaging>> of(Actor actor, std::vector<std::string> numbers);
  Task<NumberMessaging> get(Actor actor, std::string e164);
  // NotFound for a number that nobody holds, or another tenant.
  Task<NumberMessaging> update(Actor actor, std::string e164, NumberMessagingPatch patch);
  // Inbound messages go nowhere; the campaign stays.
  Task<NumberMessaging> clear(Actor actor, std::string e164);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
