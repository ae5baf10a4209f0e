// A caller's civic address as PIDF-LO (RFC 4119, RFC 5139, RFC 5491), for Geolocation by value.
#pragma once

#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/domain/numbers.h"

namespace warp::calls {

// `entity`: the SIP URI of the caller as the far end sees it. Everything is escaped; what XML cannot hold is
// left out.
std::string pidf_lo(const domain::EmergencyLocation& location, std::string_view entity, WallTime now);

}  // namespace warp::calls
