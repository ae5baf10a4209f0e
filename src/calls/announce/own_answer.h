// OwnAnswer: our answer to a caller's offer, so that it hears a clip before anybody else has answered.
//
// One audio line, in the first format of the offer that its policy allows and that is coded here; the other
// lines are refused. It is the description of an early dialog of its own (RFC 3261 §13.2.2.4), like that of
// one more fork: in one dialog the first description stands for good, and the far end that answers later may
// choose another format. So its answer goes out under another To tag, whatever it chooses, and neither is
// transcoded for that reason alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "warp/domain/media_port.h"
#include "warp/domain/policy/media.h"
#include "warp/sdp/session.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

struct OwnAnswer {
  std::size_t stream = 0;
  sdp::Session description;          // without our address
  domain::MediaStreamRemote remote;  // the caller, with the terms that the answer makes
};

// Nullopt: the offerer does not listen, wants encryption, or has no format of ours.
std::optional<OwnAnswer> own_answer(const sdp::Session& offer, const domain::MediaPolicy& policy);

// Tells the caller's side of the session; the answer as text, and from now on the caller leg speaks for us,
// under a tag of its own.
std::string speak_for_ourselves(Context& context, Call& call, OwnAnswer answer);

// The same side again, after somebody else described it: play() finds the terms of our answer.
void tell_caller_side(Context& context, Call& call, const OwnAnswer& answer);

}  // namespace warp::calls
