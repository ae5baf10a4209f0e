// Which stream of a call is recorded, and what of it a recorder takes.
#pragma once

#include <optional>

#include "warp/recording/copier.h"

#include "call.h"
#include "recording/picture.h"

namespace warp::calls {

// The first one whose audio is known on both sides; nullopt: there is none.
std::optional<std::size_t> recorded_stream(const Call& call);

// What the recorder's line for a side, of its description, says about where the copy goes. A port of 0:
// nowhere.
recording::CopyWay way_towards(const sdp::Session& description, std::size_t side, const Picture& picture,
                               const RecorderSdp& sdp);

}  // namespace warp::calls
