// Spiral: a call that comes back through a peer again and again, each time as another one.
#pragma once

#include <optional>

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

// Beside check_loop() (screening.h), which knows our own INVITE by its tag. The call is refused when at least
// three calls of the same two numbers are being set up towards where it comes from, or two when it says
// itself that it was here (Via, History-Info).
std::optional<Refusal> check_spiral(const Context& context, const Call& call);
// Its attempt, whose target is known, counts from now on until it is over.
void note_way(Context& context, Call& call);

}  // namespace warp::calls
