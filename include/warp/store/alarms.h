// Alarms about money (billing.alarms): raised once while they stand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Alarm {
  std::int64_t id = 0;
  std::optional<CustomerId> customer;
  std::string kind;  // balance, limit, unreserved, margin
  std::string key;   // of one kind several may stand
  std::string details = "{}";
  WallTime raised_at{};
  std::optional<WallTime> cleared_at;
};

class AlarmRepository {
 public:
  explicit AlarmRepository(pg::Pool& pool) : pool_(pool) {}
  // False: it stands already.
  Task<bool> raise(std::optional<CustomerId> customer, std::string kind, std::string key,
                   std::string details_json);
  struct Filter {
    std::optional<CustomerId> customer;
    std::optional<std::string> kind;
    bool cleared_too = false;
  };
  Task<Paged<Alarm>> list(Actor actor, Filter filter, Page page);
  // NotFound: there is none, or it is cleared.
  Task<Alarm> clear(Actor actor, std::int64_t id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
