// Cut-off: a call whose credit ends is told so (media.cut_off_clip of the trunk that pays) with a clip that
// ends where the credit does. The end itself is charge.cpp's, and not a moment later for it.
#pragma once

#include <chrono>

#include "call.h"
#include "context.h"

namespace warp::calls {

// How long before the end a refusal must be known for the clip to be heard whole; 0: there is none.
std::chrono::milliseconds cut_off_lead(const Context& context, const Call& call);

// More was asked for, or (`refused`) there is no more: what is covered ends in `left`. The clip begins its
// own length before; when it is late for that, only once the refusal is certain.
void plan_cut_off(Context& context, Call& call, std::chrono::milliseconds left, bool refused);
// There is more after all.
void call_off_cut_off(Context& context, Call& call);

}  // namespace warp::calls
