// Hold music: while one side holds, the other hears the clip of its policy (media.hold_music) instead of what
// the holding side sends, if anything.
//
// A side holds while the description that it gave last says sendonly or inactive (or sendrecv at 0.0.0.0).
// Towards a side that is to hear music, inactive becomes sendonly; what it answers to that is told to the
// holding side as inactive again (RFC 3264 §6.1).
#pragma once

#include "warp/sdp/session.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

// An offer of `from`, before it is rewritten for the other side.
void lend_music(const Context& context, const Call& call, Side from, sdp::Session& offer);
// The answer to it, before it is rewritten for the offerer: what that may hear of it.
void return_music(const Context& context, const Call& call, Side offerer, const sdp::Session& offer,
                  sdp::Session& answer);
// Both as they came, once media were told: music begins, goes on or ends.
void settle_music(Context& context, Call& call, Side offerer, const sdp::Session& offer,
                  const sdp::Session& answer);
// The side was hearing that clip when an earlier process died; an empty name is none.
void begin_music(Context& context, Call& call, Side side, const std::string& name);
// The parties are others now.
void end_music(Call& call);
// After another clip was played to the side.
void resume_music(Context& context, Call& call, Side side);

}  // namespace warp::calls
