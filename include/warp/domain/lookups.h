// Lookups: what is asked about the numbers of a call before it is routed, as bits.
#pragma once

#include <cstdint>

namespace warp::domain {

using Lookups = std::uint8_t;
inline constexpr Lookups kLookupAniLrn = 1, kLookupDniLrn = 2, kLookupCnam = 4, kLookupDno = 8,
                         kLookupTollFree = 16;

}  // namespace warp::domain
