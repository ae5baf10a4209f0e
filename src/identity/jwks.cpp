#include "warp/identity/jwks.h"

#include <algorithm>
#include <array>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "warp/base/text.h"
#include "warp/stir/base64url.h"

#include "octets.h"
#include "strict_json.h"

namespace warp::identity {
namespace {

using Json = nlohmann::json;
using Pkey = std::shared_ptr<EVP_PKEY>;

constexpr int kKeySetDepth = 6;
constexpr int kLeastRsaBits = 2048, kMostRsaBits = 8192;
constexpr std::size_t kP256Octets = 32, kEd25519Octets = 32;

template <class T, void (*free_it)(T*)>
struct Free {
  void operator()(T* thing) const { free_it(thing); }
};
using Number = std::unique_ptr<BIGNUM, Free<BIGNUM, BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string octets_in(const Json& object, const char* name) {
  return stir::from_base64url(text_in(object, name)).value_or("");
}

Number number_of(std::string_view octets) {
  return Number(BN_bin2bn(octets_of(octets), static_cast<int>(octets.size()), nullptr));
}

Pkey made_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return {key, EVP_PKEY_free};
}

Pkey rsa_key(const Json& jwk) {
  const auto modulus = octets_in(jwk, "n"), exponent = octets_in(jwk, "e");
  const auto n = number_of(modulus), e = number_of(exponent);
  if (!n || !e || BN_num_bits(n.get()) < kLeastRsaBits || BN_num_bits(n.get()) > kMostRsaBits) return nullptr;
  // An exponent of 1 would make everything its own signature.
  if (!BN_is_odd(e.get()) || BN_is_one(e.get()) || BN_num_bits(e.get()) > 64) return nullptr;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return made_of("RSA", builder.get());
}

Pkey p256_key(const Json& jwk) {
  const auto x = octets_in(jwk, "x"), y = octets_in(jwk, "y");
  if (text_in(jwk, "crv") != "P-256" || x.size() != kP256Octets || y.size() != kP256Octets) return nullptr;
  const auto point = '\x04' + x + y;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1)
    return nullptr;
  auto key = made_of("EC", builder.get());
  const KeyContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  if (!context || EVP_PKEY_public_check(context.get()) != 1) return nullptr;
  return key;
}

// y of the points of order 1, 2, 4 and 8, and the two other spellings below 2^255; little endian, without the
// sign. Under such a key a signature without a secret verifies.
bool of_small_order(std::string_view point) {
  constexpr std::array<std::string_view, 7> kSmall{
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  std::string y(point);
  y.back() = static_cast<char>(y.back() & 0x7f);
  const auto text = to_hex(y);
  return std::find(kSmall.begin(), kSmall.end(), text) != kSmall.end();
}

Pkey ed25519_key(const Json& jwk) {
  const auto point = octets_in(jwk, "x");
  if (text_in(jwk, "crv") != "Ed25519" || point.size() != kEd25519Octets || of_small_order(point))
    return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(point), point.size()),
          EVP_PKEY_free};
}

// May signatures be verified by it?
bool for_signatures(const Json& jwk, Algorithm algorithm) {
  if (jwk.contains("use") && text_in(jwk, "use") != "sig") return false;
  if (jwk.contains("alg") && text_in(jwk, "alg") != to_string(algorithm)) return false;
  const auto operations = jwk.find("key_ops");
  return operations == jwk.end() ||
         (operations->is_array() &&
          std::find(operations->begin(), operations->end(), Json("verify")) != operations->end());
}

std::optional<KeySet::Key> read_key(const Json& jwk) {
  if (!jwk.is_object()) return std::nullopt;
  KeySet::Key out;
  const auto type = text_in(jwk, "kty");
  if (type == "RSA") {
    out.algorithm = Algorithm::RS256;
    out.key = rsa_key(jwk);
  } else if (type == "EC") {
    out.algorithm = Algorithm::ES256;
    out.key = p256_key(jwk);
  } else if (type == "OKP") {
    out.algorithm = Algorithm::EdDSA;
    out.key = ed25519_key(jwk);
  }
  out.kid = text_in(jwk, "kid");
  if (!out.key || out.kid.size() > kLongestKid || !for_signatures(jwk, out.algorithm)) return std::nullopt;
  return out;
}

}  // namespace

Result<KeySet, std::string> parse_key_set(std::string_view document) {
  const auto parsed = parse_object(document, kKeySetDepth);
  if (!parsed) return std::string("the key set is no JSON object");
  const auto keys = parsed->find("keys");
  if (keys == parsed->end() || !keys->is_array()) return std::string("the key set has no list of keys");
  if (keys->size() > kMostKeys) return std::string("the key set has more than 64 keys");
  KeySet out;
  for (const auto& jwk : *keys)
    if (auto key = read_key(jwk)) out.keys.push_back(std::move(*key));
  ERR_clear_error();
  if (out.keys.empty()) return std::string("the key set has no key that can be used");
  return out;
}

}  // namespace warp::identity
