// Types and lengths of attributes (RFC 8489 §18.3, RFC 8445 §16.1). Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace warp::stun {

inline constexpr std::uint32_t kMagic = 0x2112a442;
inline constexpr std::size_t kIntegrityOctets = 20, kAttributeHeader = 4;
inline constexpr std::size_t kMostUsername = 512;  // RFC 5389 §15.3; fewer by RFC 8489

namespace type {
inline constexpr std::uint16_t kUsername = 0x0006, kIntegrity = 0x0008, kErrorCode = 0x0009,
                               kUnknownAttributes = 0x000a, kXorMapped = 0x0020, kPriority = 0x0024,
                               kUseCandidate = 0x0025, kFingerprint = 0x8028, kControlled = 0x8029,
                               kControlling = 0x802a;
}  // namespace type

// HMAC-SHA1 over `covered`, whose header tells `length`.
bool integrity_of(std::span<const std::byte> covered, std::uint16_t length, std::string_view password,
                  std::span<std::byte, kIntegrityOctets> out);
// CRC-32 of ITU V.42, as FINGERPRINT has it (RFC 8489 §14.7).
std::uint32_t fingerprint_of(std::span<const std::byte> covered);

}  // namespace warp::stun
