// Partitions of days, made ahead of what is stored in them.
#pragma once

#include <cstdint>

#include "warp/pg/pool.h"

namespace warp::store {

std::int64_t day_of(WallTime time);  // since 1970
// Whether a row found no partition of its day.
bool partition_missing(const pg::Error& error);

// Runs `ensure`, which makes the partitions of the days [first, last] (since 1970) that are missing. Another
// process that makes one of them at the same moment is no fault: a session may not see its table until its
// own attempt failed (SQLSTATE 42P07), so that is tried again.
boost::asio::awaitable<pg::Expected<void>> ensure_partitions(pg::Pool& pool, const pg::Query& ensure,
                                                             std::int64_t first, std::int64_t last);

}  // namespace warp::store
