// Signer: an identity provider's key and the tokens that it makes, also such as no provider would.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "warp/identity/jwt.h"
#include "warp/stir/base64url.h"

namespace warp::identity {

using Json = nlohmann::json;

inline std::string part(const Json& json) {
  return stir::to_base64url(json.dump());
}

class Signer {
 public:
  static Signer rsa(std::string kid, unsigned bits = 2048) {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)), Algorithm::RS256,
            std::move(kid)};
  }
  static Signer ec(std::string kid) {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), Algorithm::ES256, std::move(kid)};
  }
  static Signer ed25519(std::string kid) {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), Algorithm::EdDSA, std::move(kid)};
  }

  Json jwk() const {
    Json out{{"kid", kid}, {"use", "sig"}, {"alg", to_string(algorithm)}};
    if (algorithm == Algorithm::RS256) {
      out["kty"] = "RSA";
      out["n"] = number(OSSL_PKEY_PARAM_RSA_N, 0);
      out["e"] = number(OSSL_PKEY_PARAM_RSA_E, 0);
    } else if (algorithm == Algorithm::ES256) {
      out["kty"] = "EC";
      out["crv"] = "P-256";
      out["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
      out["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    } else {
      std::array<unsigned char, 32> raw{};
      std::size_t length = raw.size();
      EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &length);
      out["kty"] = "OKP";
      out["crv"] = "Ed25519";
      out["x"] = stir::to_base64url({reinterpret_cast<const char*>(raw.data()), length});
    }
    return out;
  }

  Json header() const { return {{"alg", to_string(algorithm)}, {"kid", kid}, {"typ", "JWT"}}; }
  std::string token(const Json& claims) const { return token(header(), claims); }
  std::string token(const Json& head, const Json& claims) const {
    const auto text = part(head) + "." + part(claims);
    return text + "." + stir::to_base64url(sign(text));
  }

  // As JWS wants it; `der`: of ES256 as OpenSSL makes it.
  std::string sign(const std::string& text, bool der = false) const {
    std::array<unsigned char, 1024> octets{};
    std::size_t length = octets.size();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const auto* digest = algorithm == Algorithm::EdDSA ? nullptr : EVP_sha256();
    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get());
    EVP_DigestSign(context.get(), octets.data(), &length, reinterpret_cast<const unsigned char*>(text.data()),
                   text.size());
    if (algorithm != Algorithm::ES256 || der) return {reinterpret_cast<const char*>(octets.data()), length};
    const unsigned char* at = octets.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length)), ECDSA_SIG_free);
    std::string raw(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + 32, 32);
    return raw;
  }

  std::shared_ptr<EVP_PKEY> key;
  Algorithm algorithm;
  std::string kid;

 private:
  Signer(EVP_PKEY* made, Algorithm of, std::string named)
      : key(made, EVP_PKEY_free), algorithm(of), kid(std::move(named)) {}

  std::string number(const char* name, int least) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key.get(), name, &value);
    std::string octets(static_cast<std::size_t>(std::max(least, BN_num_bytes(value))), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(octets.size()));
    BN_free(value);
    return stir::to_base64url(octets);
  }
};

inline std::string key_set_of(const std::vector<Json>& keys) {
  Json out;
  out["keys"] = keys;
  return out.dump();
}

// Keys take their time to make: once for all tests.
inline const Signer& rsa_signer() {
  static const auto signer = Signer::rsa("rsa-1");
  return signer;
}
inline const Signer& ec_signer() {
  static const auto signer = Signer::ec("ec-1");
  return signer;
}
inline const Signer& ed_signer() {
  static const auto signer = Signer::ed25519("ed-1");
  return signer;
}

}  // namespace warp::identity
