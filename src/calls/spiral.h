// Spiral: a call that comes back through a peer again and again, each time as another one.
#pragma once

#include <optional>

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

// Beside check_loop() (screening.h), which knows our own INVITE by its tag.
std::optional<Refusal> check_spiral(const Context& context, const Call& call);

}  // namespace warp::calls
