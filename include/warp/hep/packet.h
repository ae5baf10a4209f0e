// HEP version 3: one captured message on its way to a capture server (Homer and its like).
//
//   "HEP3", length of all, then chunks: vendor, type, length, value. All numbers big-endian.
//
// encode() writes what we send; decode() reads it back, and skips chunks that it does not know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warp/base/result.h"

namespace warp::hep {

inline constexpr std::size_t kMostOctets = 65535;      // the length field
inline constexpr std::size_t kMostOfDatagram = 65507;  // UDP over IPv4
inline constexpr std::size_t kLongestText = 256;       // key, correlation id

struct Endpoint {
  std::array<std::uint8_t, 16> address{};  // network order; IPv4 in the first four
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

enum class Payload : std::uint8_t { Sip = 1, RtcpJson = 5, Log = 100 };

struct Packet {
  bool v6 = false;
  std::uint8_t protocol = 17;  // of IP: 17 UDP, 6 TCP
  Endpoint from, to;
  std::uint32_t seconds = 0, microseconds = 0;  // since 1970
  std::uint8_t type = static_cast<std::uint8_t>(Payload::Sip);
  std::uint32_t capture_id = 0;
  std::string_view auth_key;        // empty: no such chunk
  std::string_view correlation_id;  // empty: no such chunk
  std::string_view payload;
  friend bool operator==(const Packet&, const Packet&) = default;
};

// Replaces `out`, whose room is kept. False when it does not fit into `most` octets: `out` is empty then.
// Texts are cut to kLongestText.
bool encode(const Packet& packet, std::string& out, std::size_t most = kMostOfDatagram);

enum class DecodeError : std::uint8_t { Truncated, Magic, Length, Chunk, Missing };
std::string_view to_string(DecodeError error);

// The views are into `octets`. What is behind the packet's own length is refused.
Result<Packet, DecodeError> decode(std::span<const std::byte> octets);

}  // namespace warp::hep
