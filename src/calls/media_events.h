// What media say of a call by themselves (domain::MediaEvent), on its shard.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// Of the call's session, once it was opened.
void observe_media(Context& context, const Call& call);

}  // namespace warp::calls
