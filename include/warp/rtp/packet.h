// RTP packets (RFC 3550 §5.1, A.1) and what else may come to an RTP port (RFC 5761, RFC 7983).
//
// Sans-I/O and without allocation: bytes in, value or error out. Nothing here looks into a payload, so SRTP,
// whose header stays in the clear, parses as RTP does; only payload() reads behind the header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "warp/base/result.h"

namespace warp::rtp {

enum class PacketError : std::uint8_t { TooShort, BadVersion, BadCsrc, BadExtension, BadPadding };
std::string_view to_string(PacketError error);

inline constexpr std::size_t kFixedHeaderBytes = 12;
inline constexpr std::uint8_t kComfortNoisePayloadType = 13;  // RFC 3389 §4, at 8000 Hz

struct Header {
  bool padding = false;
  bool extension = false;
  bool marker = false;
  std::uint8_t csrc_count = 0;
  std::uint8_t payload_type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;  // in units of the payload type's clock rate
  std::uint32_t ssrc = 0;
  std::size_t payload_offset = kFixedHeaderBytes;  // behind the CSRC list and the extension
};

// Checks the version and that the CSRC list and the extension lie inside `packet`.
Result<Header, PacketError> parse_header(std::span<const std::byte> packet);

// The payload without its padding. BadPadding when the count in the last octet is zero or more than there is.
Result<std::span<const std::byte>, PacketError> payload(std::span<const std::byte> packet,
                                                        const Header& header);

// What a datagram on a port shared by RTP, RTCP, STUN and DTLS is, by its first two octets.
enum class Kind : std::uint8_t { Rtp, Rtcp, Stun, Dtls, Unknown };
Kind classify(std::span<const std::byte> datagram);

}  // namespace warp::rtp
