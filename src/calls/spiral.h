// Spiral: a call that comes back through a peer again and again, each time as another one.
#pragma once

#include <optional>

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

// Beside check_loop() (screening.h), which knows our own INVITE by its tag. The call is refused when at least
// three calls of the same two numbers are being set up towards where it comes from, or two when it says
// itself that it was here (Via, History-Info). From then on it counts among them.
std::optional<Refusal> check_spiral(Context& context, Call& call);

}  // namespace warp::calls
