// One side: descriptions that one side alone has to do with: the answer to a refresh, the offers of our own
// that bring a fax to it. What is agreed with the other side stays as it is; the media session makes up the
// difference (another codec, T.38 on one side alone).
#pragma once

#include <string>

#include "call.h"
#include "context.h"

namespace warp::calls {

// The side has answered `ours`: the media session learns what is new in it, address, formats and keys. False:
// it cannot be used, and nothing has changed.
bool take_answer(Context& context, Call& call, Side side, const sdp::Session& ours, sdp::Session theirs);

// How a stream of the call stands with one side.
enum class FaxStand : std::uint8_t {
  None,    // it has no audio and no T.38
  Image,   // T.38
  G711,    // audio that a modem's tones live through
  Speech,  // audio that compresses
};
FaxStand fax_stand(const domain::MediaMemory& memory, Side side);

// Our offer of T.38 in place of its audio (ITU-T T.38 Annex D), and of G.711 in place of what it speaks, for
// the side; it is kept in Leg::offered. Empty: it has no such stream.
std::string offer_t38(Context& context, Call& call, Side side);
std::string offer_g711(Context& context, Call& call, Side side);

// The side has offered T.38 and gets it while the other side stays in G.711: the body for it. Empty: it
// cannot be had, or is in another place than the other side's audio.
std::string answer_t38(Context& context, Call& call, Side offerer, const sdp::Session& offer);

// A fax is passed on as audio: on each side that has audio the same delay all the time.
void steady_audio(Context& context, Call& call);

}  // namespace warp::calls
