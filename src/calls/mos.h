// How a leg sounded, by the E-model (ITU-T G.107, with its defaults and BurstR 1) from loss, jitter and round
// trip.
#pragma once

#include <cstdint>
#include <optional>

#include "warp/domain/call_record.h"

namespace warp::calls {

// Mean opinion score in hundredths, 100 to 450: of what was received of this leg. nullopt: nothing was, or
// nothing is known of its codec. Delay is half of the round trip, twice the jitter (a buffer of that depth)
// and one packet.
std::optional<std::uint16_t> mos_e2(const domain::LegMedia& leg);

}  // namespace warp::calls
