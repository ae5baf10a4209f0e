// StreamWire: the way out of a treated stream: the sockets of its sides. Implemented by the worker, and by
// tests.
#pragma once

#include <cstddef>
#include <span>

#include "session_state.h"

namespace warp::media {

class StreamWire {
 public:
  virtual ~StreamWire() = default;
  enum class Kind : std::uint8_t { Rtp, Rtcp };
  // From `side`'s port to where it receives. False: it takes nothing, or the kernel refused.
  virtual bool send(Side& side, Kind kind, std::span<const std::byte> datagram) = 0;
  // From the RTP port of `side` (the RTCP port, for Kind::Rtcp) to an address that has just spoken there.
  virtual bool answer(Side& side, Kind kind, const domain::SocketAddress& to,
                      std::span<const std::byte> datagram) = 0;
};

}  // namespace warp::media
