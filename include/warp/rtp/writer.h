// RTP packets that the daemon makes itself (RFC 3550 §5.1): no CSRC list, extension or padding, whatever the
// header says of them. Sans-I/O and without allocation.
#pragma once

#include <cstddef>
#include <span>

#include "warp/rtp/packet.h"

namespace warp::rtp {

// Returns the octets written, kFixedHeaderBytes; 0: `out` is too small.
std::size_t write_header(const Header& header, std::span<std::byte> out);
// The header and `payload` behind it. Returns the octets written; 0: `out` is too small. `payload` may
// already lie in its place.
std::size_t write_packet(const Header& header, std::span<const std::byte> payload, std::span<std::byte> out);

}  // namespace warp::rtp
