// What is owed to customers, as the API shows it. Customers see their own.
#pragma once

#include <optional>

#include "warp/domain/message_store.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct DeliveryFilter {
  std::optional<CustomerId> customer;  // operators: absent is all
  std::optional<bool> dead;            // given up, or still owed; absent is both
};

class DeliveryRepository {
 public:
  struct Item {
    domain::Delivery delivery;
    std::optional<WallTime> dead_at;
  };
  explicit DeliveryRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Item>> list(Actor actor, DeliveryFilter filter, Page page);  // oldest first
  Task<Item> get(Actor actor, std::int64_t id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
