// JSON Web Tokens (RFC 7519, RFC 7515, RFC 8725) of identity providers: signed, in the compact form.
//
// The order is the contract: size, form, header, algorithm, key, signature; only then a claim is read. What
// the header says of where keys are (jku, x5u, jwk) is not looked at, `kid` is a name to look up and nothing
// else, any `crit` is refused. The algorithm must be one that is configured and the one that the key is of,
// so that a public key never serves as a shared secret. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "warp/base/clock.h"
#include "warp/base/result.h"

struct evp_pkey_st;

namespace warp::identity {

constexpr std::size_t kLongestJwt = 8 * 1024, kLongestKid = 128;

enum class Algorithm : std::uint8_t { RS256, ES256, EdDSA };
std::string_view to_string(Algorithm algorithm);
std::optional<Algorithm> parse_algorithm(std::string_view name);  // exact

// Keys of one provider; filled by jwks.h.
struct KeySet {
  struct Key {
    std::string kid;  // empty: none
    Algorithm algorithm = Algorithm::RS256;
    std::shared_ptr<evp_pkey_st> key;  // shared: a set may be replaced while a token is verified
  };
  std::vector<Key> keys;

  bool knows(std::string_view kid) const;
};

enum class JwtError : std::uint8_t {
  TooLong,
  Malformed,  // not three parts of base64url, or the payload is no object
  BadHeader,
  AlgorithmRefused,
  CriticalRefused,
  UnknownKey,
  BadSignature,
  WrongIssuer,
  WrongAudience,
  NoExpiry,
  Expired,
  NotYet,
};
std::string_view to_string(JwtError error);

struct JwtHeader {
  Algorithm algorithm = Algorithm::RS256;
  std::string kid;  // empty: none
};
// As far as a token can be judged without a key.
Result<JwtHeader, JwtError> read_header(std::string_view token);

struct Expectation {
  std::string issuer;                  // exact
  std::vector<std::string> audiences;  // one of them
  std::vector<Algorithm> algorithms;
  std::chrono::seconds leeway{60};  // of nbf and iat
};

struct Claims {
  Claims() = default;  // no aggregate: JSON is made of anything, also of an error
  nlohmann::json all;
  WallTime expires_at{};
};

Result<Claims, JwtError> verify(std::string_view token, const KeySet& keys, const Expectation& expectation,
                                WallTime now);

}  // namespace warp::identity
