// What a suite is made of. Private to this room.
#pragma once

#include <cstddef>

#include <openssl/evp.h>

#include "warp/srtp/session.h"

namespace warp::srtp {

inline constexpr std::size_t kMostKey = 32, kCounterSalt = 14, kAeadSalt = 12, kMacKey = 20, kMostTag = 16;

struct SuiteTraits {
  std::size_t cipher_key = 0;
  std::size_t tag = 0;  // of RTP
  std::size_t rtcp_tag = 0;
  bool aead = false;  // RFC 7714: the SRTCP index stands behind the tag (§9.2), else before it
  const EVP_CIPHER* (*cipher)() = nullptr;
  const EVP_CIPHER* (*counter)() = nullptr;  // AES-CM of the same length, which derives the keys

  std::size_t salt() const { return aead ? kAeadSalt : kCounterSalt; }
  std::size_t key_octets() const { return cipher_key + salt(); }
};
const SuiteTraits& traits(Suite suite);

}  // namespace warp::srtp
