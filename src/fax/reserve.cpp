#include "reserve.h"

#include <utility>

namespace warp::fax {

// T.38 Annex A: a bit for "has a data field", one for "data, not an indicator", then the choice among them.
bool Reserve::is_turn(std::span<const std::byte> ifp) {
  constexpr auto kHasFields = std::byte{0x80}, kData = std::byte{0x40};
  if (ifp.empty() || (ifp[0] & (kHasFields | kData)) != std::byte{0}) return false;
  return std::exchange(indicator_, ifp[0]) != ifp[0];
}

}  // namespace warp::fax
