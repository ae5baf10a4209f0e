// What a suite is made of. Private to this room.
#pragma once

#include <cstddef>
#include <srtp2/srtp.h>

#include "warp/srtp/session.h"

namespace warp::srtp {

struct SuiteTraits {
  std::size_t key_octets = 0;  // master key and salt
  std::size_t tag = 0;         // of RTP
  std::size_t rtcp_tag = 0;
  bool aead = false;  // the SRTCP index stands behind the tag (RFC 7714 §9.2), else before it
  void (*rtp)(srtp_crypto_policy_t*) = nullptr;
  void (*rtcp)(srtp_crypto_policy_t*) = nullptr;
};
const SuiteTraits& traits(Suite suite);

}  // namespace warp::srtp
