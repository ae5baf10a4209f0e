// Ring-back: a caller whose far end rings in silence hears the clip of its policy (media.ringback) until
// early media or the answer comes.
//
// The first 180 without a description becomes 183 with our own answer (own_answer.h), the further ones 183
// without. Not for a caller without offer, media that go around us, or a policy without early media.
#pragma once

#include "call.h"
#include "context.h"
#include "setup/early.h"

namespace warp::calls {

// Before a far end's 18x goes on to the caller: what becomes of it.
void ring_back(Context& context, Call& call, Progress& progress);
// The next attempt has described the caller's side anew: the ring-back goes on, if its session is the same.
void keep_ringing(Context& context, Call& call);
// The far end answers.
void end_ringback(Call& call);

}  // namespace warp::calls
