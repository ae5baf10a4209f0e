// Forward: the further destinations of a number, when the one that was tried did not take the call
// (docs/routing/README.md).
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// Asked before a call to a number of ours is given up. True: it goes on, or waits to, or is over.
bool next_destination(Context& context, Call& call, const Failure& failure);

// Makes the next destination that such a failure leads to the decision of the call, of which nothing is tried
// at the moment. False: there is none, and nothing has changed.
bool prepare_destination(Context& context, Call& call, const Failure& failure);

}  // namespace warp::calls
