// SourceKey: an IPv4 address or an IPv6 /64 as one number, never 0.
#pragma once

#include <cstdint>
#include <cstring>

#include "warp/domain/address.h"

namespace warp::calls {

using SourceKey = std::uint64_t;

// No unicast /64 begins with ff: room for the IPv4 addresses, and for ::/64 itself.
inline constexpr SourceKey kV4Mark = 0xffff'ff00'0000'0000, kV6Zero = ~SourceKey{0};

inline SourceKey source_key(const domain::IpAddress& ip) {
  if (!ip.v6) return kV4Mark | ip.to_v4();
  SourceKey key = 0;
  for (std::size_t octet = 0; octet < 8; ++octet)
    key = key << 8 | ip.bytes[octet];
  return key == 0 ? kV6Zero : key;
}

inline domain::Cidr source_of_key(SourceKey key) {
  if (key != kV6Zero && key >= kV4Mark) return {domain::IpAddress::v4(static_cast<std::uint32_t>(key)), 32};
  domain::Cidr cidr{{}, 64};
  cidr.network.v6 = true;
  if (key != kV6Zero)
    for (std::size_t octet = 0; octet < 8; ++octet)
      cidr.network.bytes[octet] = static_cast<std::uint8_t>(key >> (56 - 8 * octet));
  return cidr;
}

// Which of 2^bits sets; the seed is secret.
inline std::size_t set_of(SourceKey key, std::uint64_t seed, std::size_t sets) {
  std::uint64_t hash = (key ^ seed) * 0x9E3779B97F4A7C15ull;
  hash ^= hash >> 29;
  hash = (hash + seed) * 0xBF58476D1CE4E5B9ull;
  hash ^= hash >> 32;
  return static_cast<std::size_t>(hash) & (sets - 1);
}

inline constexpr std::size_t kWays = 8;  // of a set

}  // namespace warp::calls
