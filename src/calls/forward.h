// Forward: the further destinations of a number, when the one that was tried did not take the call.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// Asked before a call to a number of ours is given up. True: it goes on, or waits to.
bool next_destination(Context& context, Call& call, const Failure& failure);

}  // namespace warp::calls
