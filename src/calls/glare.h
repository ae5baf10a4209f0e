// Glare: how long to wait after a 491 to a request of ours (RFC 3261 §14.1).
#pragma once

#include <chrono>

#include "call.h"
#include "context.h"

namespace warp::calls {

// Whose Call-ID it is waits longer: 2.1 to 4 s, the other up to 2 s, in steps of 10 ms. Call-IDs of callee
// legs are ours.
inline std::chrono::milliseconds glare_delay(Context& context, Side side) {
  constexpr std::uint64_t kStep = 10;
  const std::uint64_t random = context.ids.next64();
  if (side == Side::Callee) return std::chrono::milliseconds(2100 + kStep * (random % 191));
  return std::chrono::milliseconds(kStep * (random % 201));
}

}  // namespace warp::calls
