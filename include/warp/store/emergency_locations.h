// Where the callers of customers' numbers are when they call for help. A tenant's are its own.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct EmergencyLocation {
  std::string e164;
  CustomerId customer;
  std::string civic = "{}";  // JSON: elements of RFC 5139 by name
  std::string callback_name;
  WallTime created_at{}, updated_at{};
};

class EmergencyLocationRepository {
 public:
  explicit EmergencyLocationRepository(pg::Pool& pool) : pool_(pool) {}
  Task<EmergencyLocation> get(Actor actor, std::string e164);
  // In place of the one before. NotFound for a number that nobody holds, or another tenant.
  Task<EmergencyLocation> put(Actor actor, std::string e164, std::string civic, std::string callback_name);
  Task<EmergencyLocation> remove(Actor actor, std::string e164);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
