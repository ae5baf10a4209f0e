// What people did to single calls, in the audit trail.
#pragma once

#include <optional>
#include <string>

#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

class CallAuditRepository {
 public:
  explicit CallAuditRepository(pg::Pool& pool) : pool_(pool) {}
  // `event`: "hangup", "trace", "read_trace"
  Task<void> record(Actor actor, CustomerId customer, std::string event, CallId call);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
