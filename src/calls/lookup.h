// Lookup: what is asked about the numbers of a call before it is decided.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// After the limits, before the decision. True: the call was refused, or waits in Trying, and then
// decide_and_go() (stages.h) takes it up again. What it found stands in record.numbers.
bool hold_for_lookup(Context& context, Call& call);

}  // namespace warp::calls
