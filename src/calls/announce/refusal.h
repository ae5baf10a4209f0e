// A refusal that is heard: the caller's policy has a clip (media.refusal_clip), which is played once in a 183
// before the final answer, thirty seconds at most.
//
// Meanwhile the call holds no channel and no money; it is in the state Ringing, and whatever ends it is told
// at once. Its record has the refusal's reason, also when the caller did not wait for the end (487). At most
// Settings::refusal_clips_per_shard are heard at once; further callers are refused at once.
#pragma once

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

// True: the clip plays, and the refusal follows by itself.
bool announce_refusal(Context& context, Call& call, const Refusal& refusal);
void finish_refusal(Context& context, Call& call);
// The caller gave up while it was told. False: it was told nothing.
bool cancel_refusal(Context& context, Call& call);

}  // namespace warp::calls
