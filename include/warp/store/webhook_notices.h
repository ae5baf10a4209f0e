// WebhookNotices: endpoints that were disabled by themselves, for who writes to their people. Over all
// customers.
#pragma once

#include <string>
#include <vector>

#include "warp/base/uuid.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct DisabledWebhook {
  Uuid id;
  std::string url;
  std::string reason;  // failures, gone
  WallTime at{};
  std::string account;              // the customer's name; empty: the operator's
  std::vector<std::string> people;  // addresses of its users who may change webhooks
};

class WebhookNotices {
 public:
  static constexpr std::uint32_t kMostPeople = 20;  // of one account

  explicit WebhookNotices(pg::Pool& pool) : pool_(pool) {}
  // At most `limit` that were disabled within the last day; each is given out once, to one node. `roles`:
  // names of the system's roles that may change webhooks; what roles of customers may stands with them.
  Task<std::vector<DisabledWebhook>> take(std::vector<std::string> roles, std::uint32_t limit);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
