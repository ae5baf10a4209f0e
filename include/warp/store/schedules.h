// Schedules: when lines, routes and limits hold, by the clock of a zone (billing.rate_schedules). Operators
// only.
#pragma once

#include "warp/domain/tariff_rows.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Schedule {
  domain::ScheduleRow row;
  WallTime created_at{}, updated_at{};
};

class ScheduleRepository {
 public:
  explicit ScheduleRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<Schedule>> list(Actor actor);  // by name
  Task<Schedule> get(Actor actor, std::uint16_t id);
  Task<Schedule> create(Actor actor, domain::ScheduleRow row);  // its id is given
  Task<Schedule> update(Actor actor, domain::ScheduleRow row);  // all of it
  Task<Schedule> remove(Actor actor, std::uint16_t id);         // InUse while a line or route has it

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
