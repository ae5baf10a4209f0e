#include "announce/own_answer.h"

#include <algorithm>

#include "announce/announcing.h"
#include "mediation.h"
#include "negotiation/formats.h"
#include "setup/early.h"

namespace warp::calls {

bool listens(const sdp::Session& offer) {
  return std::any_of(offer.media.begin(), offer.media.end(), [&offer](const sdp::Media& media) {
    const sdp::Direction direction = direction_of(offer, media);
    return media.port != 0 && is_audio(media) &&
           (direction == sdp::Direction::SendRecv || direction == sdp::Direction::RecvOnly);
  });
}

void speak_for_ourselves(Context& context, Call& call) {
  // far_key() is odd.
  speak_as(context, call, 2 * std::uint64_t{++announcing_of(call).answers});
}

}  // namespace warp::calls
