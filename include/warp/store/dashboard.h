// Headline counts of a customer, or of all: from the sums of days (UTC) that the records keep.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "warp/base/money.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Dashboard {
  std::uint64_t calls_today = 0, calls_this_month = 0, seconds_this_month = 0;
  std::uint64_t trunks = 0, numbers = 0;
  struct Revenue {
    Currency currency;
    Money this_month;
    Money last_month;  // of as many of its days as this one has had
  };
  std::vector<Revenue> revenue;  // the greatest first
};

class DashboardRepository {
 public:
  explicit DashboardRepository(pg::Pool& pool) : pool_(pool) {}
  // Without a customer: of all that the actor may see.
  Task<Dashboard> read(Actor actor, std::optional<CustomerId> customer);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
