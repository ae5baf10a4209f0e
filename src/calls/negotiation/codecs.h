// Codecs: what becomes of the formats of one media line on its way from one side to the other, by the
// policies of both. Lines that are neither audio nor T.38 are left as they are, and so is every line when no
// policy has a wish.
//
// A codec that both sides share and both policies allow goes before all others, so that nothing is recoded
// without need.
#pragma once

#include "warp/domain/policy/media.h"
#include "warp/sdp/session.h"

namespace warp::calls {

// Has the policy a wish about descriptions? Two that have none are described to one another as they speak.
bool has_wishes(const domain::MediaPolicy& policy);

// `line`, offered by the side of policy `from`, becomes what the side of policy `to` is offered. False:
// nothing of it is left.
bool offer_codecs(sdp::Media& line, const domain::MediaPolicy& from, const domain::MediaPolicy& to);

// T.38 becomes G.711: who is offered it speaks fax in the audio.
void offer_audio_for_fax(sdp::Media& line, const domain::MediaPolicy& to);

// `line`, answered by the side of policy `from`, becomes the answer to `offer`, of the side of policy `to`:
// only what that side offered, under its payload types. False: the two cannot be brought together.
bool answer_codecs(sdp::Media& line, const sdp::Media& offer, const domain::MediaPolicy& from,
                   const domain::MediaPolicy& to);

// An answer of ours to `offer`, before any other side has spoken: every codec of it that we can code and the
// policy allows. False: there is none.
bool own_answer(sdp::Media& line, const sdp::Media& offer, const domain::MediaPolicy& to);

}  // namespace warp::calls
