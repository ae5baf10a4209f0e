// Our answer to a caller's offer, so that it hears a clip before anybody else has answered.
//
// It is the description of an early dialog of its own (RFC 3261 §13.2.2.4), like that of one more fork: in
// one dialog the first description stands for good, and the far end that answers later may choose another
// format. So its answer goes out under another To tag, whatever it chooses, and nothing is transcoded for
// that reason alone.
#pragma once

#include <string>

#include "warp/sdp/session.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

// Does the offerer want to hear anything?
bool listens(const sdp::Session& offer);
// From now on the caller leg speaks for us, under a tag of its own.
void speak_for_ourselves(Context& context, Call& call);

}  // namespace warp::calls
