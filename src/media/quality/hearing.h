// Is there anything to be heard in a packet? Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace warp::media {

enum class Heard : std::uint8_t {
  Sound,
  Silence,  // G.711 below -66 dBov, or comfort noise (RFC 3389)
  Unknown,  // another codec
};

// By the static payload types of RFC 3551: PCMU 0, PCMA 8, CN 13 (and 19, as old peers have it).
Heard heard_in(std::uint8_t payload_type, std::span<const std::byte> payload);

}  // namespace warp::media
