// Es256: ECDSA over P-256 with SHA-256 as JWS has it (RFC 7518 §3.4): the signature is r and s, 32 octets
// each. Keys may be used by several threads at once.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "warp/base/result.h"

namespace warp::stir {

inline constexpr std::size_t kSignatureOctets = 64;

class PublicKey {
 public:
  // Takes a reference of its own. nullopt-like (valid() false) when it is not on P-256.
  PublicKey() = default;
  explicit PublicKey(EVP_PKEY* key);
  bool valid() const { return key_ != nullptr; }
  // `signature`: 64 octets, raw.
  bool verify(std::string_view input, std::string_view signature) const;
  friend bool same_key(const PublicKey& a, const PublicKey& b);

 private:
  std::shared_ptr<EVP_PKEY> key_;  // OpenSSL counts references itself; this only calls its free
};

class PrivateKey {
 public:
  // PEM (PKCS#8 or SEC1), without a passphrase. The error is a sentence for people.
  static Result<PrivateKey, std::string> parse(std::string_view pem);
  // 64 octets, raw; empty when OpenSSL fails.
  std::string sign(std::string_view input) const;
  const PublicKey& public_key() const { return public_; }

 private:
  PrivateKey() = default;
  std::shared_ptr<EVP_PKEY> key_;
  PublicKey public_;
};

}  // namespace warp::stir
