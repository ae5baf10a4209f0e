// What media say of a call by themselves (domain::MediaEvent), on its shard.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// Of the call's session, once it was opened. It goes on to be told here when the call has moved to another
// shard, and is passed on to it.
void observe_media(Context& context, const Call& call);
void on_media_event(Context& context, Call& call, const domain::MediaEvent& event);

}  // namespace warp::calls
