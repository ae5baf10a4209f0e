// Senders that are no telephone numbers: short codes and names. Operators give them out; a customer sees its
// own.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Sender {
  std::string sender;  // 3 to 6 digits, or up to 11 characters that are not all digits
  CustomerId customer;
  std::string description;
  std::optional<CampaignId> campaign;
  WallTime created_at{}, updated_at{};
};

class SenderRepository {
 public:
  explicit SenderRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Sender>> list(Actor actor, std::optional<CustomerId> customer, Page page);  // by name
  Task<Sender> add(Actor actor, Sender sender);  // Duplicate when it is somebody's
  Task<Sender> remove(Actor actor, std::string sender);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
