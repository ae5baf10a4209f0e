// JWK sets (RFC 7517): the public keys of an identity provider as it publishes them.
//
// Keys that cannot be used are left out, not an error: providers publish keys of other uses and algorithms
// beside. Taken are RSA from 2048 bits (RS256), EC on P-256 (ES256) and Ed25519 (EdDSA; none of small order),
// whose `use` and `alg`, when they are given, allow it.
#pragma once

#include <string>
#include <string_view>

#include "warp/base/result.h"
#include "warp/identity/jwt.h"

namespace warp::identity {

constexpr std::size_t kMostKeys = 64;

// The error is a sentence for the log.
Result<KeySet, std::string> parse_key_set(std::string_view document);

}  // namespace warp::identity
