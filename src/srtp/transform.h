// Transform: the cryptography of one direction of RTP or of RTCP under one master key: AES in counter mode
// with HMAC-SHA1 (RFC 3711 §4, RFC 6188) or AES-GCM (RFC 7714). All SSRCs share its keys, and so its
// contexts; what sets packets apart is the counter block. In place; nothing is allocated after make().
// Private to this room.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "suite.h"

namespace warp::srtp {

enum class Kind : std::uint8_t { Rtp, Rtcp };

// What a packet's counter block is made of: of RTP rollover counter and sequence, of RTCP the SRTCP index.
struct PacketPlace {
  std::uint32_t ssrc = 0;
  std::uint64_t index = 0;
};

class Transform {
 public:
  // `key`: master key and salt, as long as the suite says. Null: OpenSSL has no memory or not the cipher.
  static std::unique_ptr<Transform> make(const SuiteTraits& traits, Kind kind, Direction direction,
                                         std::span<const std::byte> key);
  virtual ~Transform() = default;

  // `packet`: the first `clear` octets are authenticated alone, the rest is encrypted too. `apart`: octets
  // that are authenticated behind them (rollover counter or SRTCP index). False: OpenSSL refused.
  virtual bool seal(PacketPlace place, std::span<std::byte> packet, std::size_t clear,
                    std::span<const std::byte> apart, std::span<std::byte> tag) = 0;
  // False: not authentic; the packet's octets may have changed.
  virtual bool open(PacketPlace place, std::span<std::byte> packet, std::size_t clear,
                    std::span<const std::byte> apart, std::span<const std::byte> tag) = 0;
};

}  // namespace warp::srtp
