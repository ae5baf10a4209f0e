// Limits of spending and the rules against fraud (billing.spend_limits).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/tariff_rows.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct SpendLimit {
  Uuid id;
  CustomerId customer;
  std::optional<TrunkId> trunk;  // nullopt: all of the account
  std::string window;            // call, hour, day, month
  std::string prefix;            // of the called number; empty: all
  std::uint16_t schedule = 0;    // 0: always
  std::optional<Money> amount;
  std::optional<std::uint64_t> calls, seconds;
  std::optional<std::uint32_t> factor_e2, throttle_cps;
  std::string action;  // ALARM, THROTTLE, BLOCK
  bool enabled = true;
  std::string description;
  WallTime created_at{}, updated_at{};
};

// As the catalogue has it.
domain::SpendLimit rule_of(const SpendLimit& limit);

class SpendLimitRepository {
 public:
  explicit SpendLimitRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<SpendLimit>> list(Actor actor, std::optional<CustomerId> customer, Page page);
  Task<SpendLimit> get(Actor actor, Uuid id);
  // NotFound: there is no such customer, or the trunk is another's.
  Task<SpendLimit> create(Actor actor, SpendLimit limit);
  Task<SpendLimit> update(Actor actor, SpendLimit limit);
  Task<SpendLimit> remove(Actor actor, Uuid id);

  // What was used of the day and the month that `now` is in (UTC), by the daily sums.
  struct Used {
    Uuid limit;
    std::string window;
    std::int64_t calls = 0, seconds = 0, nanos = 0;
  };
  Task<std::vector<Used>> used(WallTime now);
  // Calls that the hour of `now` had in the mean of the 14 days before, for limits with a factor.
  struct Usual {
    Uuid limit;
    std::int64_t calls = 0;
  };
  Task<std::vector<Usual>> usual(WallTime now);

  // Schedules and rates of exchange as they stand.
  struct Terms {
    std::vector<domain::ScheduleRow> schedules;
    std::vector<domain::FxRow> fx;
  };
  Task<Terms> terms();

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
