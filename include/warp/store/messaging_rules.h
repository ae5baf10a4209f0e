// The rules of messaging that operators provision: interceptors, quiet hours, carriers' prefixes, the limits
// and answers of campaigns; and the zones of prefixes, which are read. Operators only. As in messaging.h,
// update() locks the row, lets `change` write into it and stores all of it.
#pragma once

#include "warp/store/messaging.h"

namespace warp::store {

class MessageRuleRepository {
 public:
  using Item = Provisioned<domain::MessageRule>;
  explicit MessageRuleRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Item>> list(Actor actor, Page page);  // in the order in which they run
  Task<Item> get(Actor actor, MessageRuleId id);
  Task<Item> create(Actor actor, domain::MessageRule rule, std::string description);  // its id is not used
  Task<Item> update(Actor actor, MessageRuleId id, Change<domain::MessageRule> change);
  Task<Item> remove(Actor actor, MessageRuleId id);

 private:
  pg::Pool& pool_;
};

struct QuietHoursEntry {
  Uuid id;
  domain::QuietHours hours;
};

class QuietHoursRepository {
 public:
  using Item = Provisioned<QuietHoursEntry>;
  explicit QuietHoursRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Item>> list(Actor actor, Page page);  // everybody's first, by prefix
  Task<Item> get(Actor actor, Uuid id);
  // Duplicate: that customer, or everybody, has hours for that prefix.
  Task<Item> create(Actor actor, domain::QuietHours hours, std::string description);
  Task<Item> update(Actor actor, Uuid id, Change<QuietHoursEntry> change);
  Task<Item> remove(Actor actor, Uuid id);

 private:
  pg::Pool& pool_;
};

class CarrierPrefixRepository {
 public:
  explicit CarrierPrefixRepository(pg::Pool& pool) : pool_(pool) {}
  // By prefix; those that begin with `prefix`, of the carrier when one is named.
  Task<Paged<domain::CarrierPrefix>> list(Actor actor, std::string prefix, std::string carrier, Page page);
  // All of them at once.
  Task<void> set(Actor actor, std::vector<domain::CarrierPrefix> rows);

 private:
  pg::Pool& pool_;
};

class PrefixZoneRepository {
 public:
  explicit PrefixZoneRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<domain::PrefixZone>> list(Actor actor, std::string prefix, Page page);  // that begin with it
  // Of the longest prefix of a number.
  Task<std::vector<domain::PrefixZone>> of_number(Actor actor, std::string digits);

 private:
  pg::Pool& pool_;
};

struct CampaignReplies {
  std::string opt_in, opt_out, help;  // empty: the platform's
};

// NotFound when there is no such campaign.
class CampaignRuleRepository {
 public:
  explicit CampaignRuleRepository(pg::Pool& pool) : pool_(pool) {}
  Task<CampaignReplies> replies(Actor actor, CampaignId id);
  Task<CampaignReplies> set_replies(Actor actor, CampaignId id, CampaignReplies replies);
  Task<std::vector<domain::CampaignLimit>> limits(Actor actor, CampaignId id);  // by carrier
  Task<std::vector<domain::CampaignLimit>> set_limits(Actor actor, CampaignId id,
                                                      std::vector<domain::CampaignLimit> limits);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
