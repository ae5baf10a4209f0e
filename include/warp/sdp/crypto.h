// a=crypto: keys in the description (SDES, RFC 4568) for the suites of RFC 4568, RFC 6188 and RFC 7714.
//
//   a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<base64 of key and salt>|2^20
//
// Values in, values out; hostile lines get an error. The caller goes to the next line: an offer with one
// usable line is usable. Keys are secret: nothing here is to be logged.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "warp/base/result.h"

namespace warp::sdp {

enum class CryptoError : std::uint8_t {
  Syntax,
  Suite,      // unknown
  Key,        // not inline, not base64, not of the suite's length
  Lifetime,   // absurd, or more than the suite allows
  Mki,        // several master keys
  Parameter,  // UNENCRYPTED_SRTP and whatever else would weaken or change the packets
};
std::string_view to_string(CryptoError error);

struct Crypto {
  static constexpr std::size_t kMostKey = 46;

  std::uint32_t tag = 1;                  // 1..999999999; the answer repeats the offer's
  std::string suite;                      // as registered: "AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"
  std::array<std::byte, kMostKey> key{};  // master key and salt, the first key_size of them
  std::uint8_t key_size = 0;
  std::optional<std::uint64_t> lifetime;  // packets
  std::span<const std::byte> key_octets() const { return std::span(key).first(key_size); }
  friend bool operator==(const Crypto&, const Crypto&) = default;
};

// Octets of master key and salt of a suite, by its registered name (case counts not); 0: unknown.
std::size_t key_octets_of(std::string_view suite);

// The attribute's value, behind "crypto:". KDR=0, WSH and FEC_ORDER change nothing for a receiver and are
// skipped; FEC_KEY, KDR above 0, UNENCRYPTED_* and UNAUTHENTICATED_SRTP are refused, so are unknown ones
// unless they begin with '-' (RFC 4568 §6.3.7).
Result<Crypto, CryptoError> parse_crypto(std::string_view value);
// The value; empty when it would not parse again.
std::string write_crypto(const Crypto& crypto);

}  // namespace warp::sdp
