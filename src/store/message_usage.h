// What messages that ended add to the sums of usage.
#pragma once

#include <span>
#include <vector>

#include "warp/pg/pool.h"

#include "message_calls.h"

namespace warp::store {

// Behind the statement that makes their records, in its transaction: those that are new there are counted.
void add_usage(std::span<MessageCall> calls, std::vector<pg::Statement>& out);

}  // namespace warp::store
