// What a shard shows of its calls.
#pragma once

#include <vector>

#include "warp/calls/live_calls.h"

#include "call_table.h"

namespace warp::calls {

// nullptr: no such call, or it is over and only waits for an ACK.
Call* find_live(const CallTable& table, CallId id);
std::vector<LiveCall> live_calls(const CallTable& table, const LiveFilter& filter);

}  // namespace warp::calls
