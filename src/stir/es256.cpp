#include "warp/stir/es256.h"

#include <array>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "openssl_handles.h"

namespace warp::stir {
namespace {

constexpr std::size_t kHalf = kSignatureOctets / 2;
constexpr std::size_t kLongestDer = 80;  // 72 at most for P-256

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

bool on_p256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1) return false;
  return std::string_view(group.data(), length) == SN_X9_62_prime256v1;
}

// A passphrase is never asked for.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

// r || s → DER; 0 when it cannot be.
std::size_t to_der(std::string_view raw, std::array<unsigned char, kLongestDer>& der) {
  const Handle<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(octets_of(raw), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(octets_of(raw.substr(kHalf)), kHalf, nullptr);
  if (!pair || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return 0;
  }
  unsigned char* at = der.data();
  const int length = i2d_ECDSA_SIG(pair.get(), &at);
  return length > 0 ? static_cast<std::size_t>(length) : 0;
}

std::string to_raw(const unsigned char* der, std::size_t length) {
  const Handle<ECDSA_SIG, ECDSA_SIG_free> pair(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length)));
  std::string raw(kSignatureOctets, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, kHalf) != static_cast<int>(kHalf) ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + kHalf, kHalf) != static_cast<int>(kHalf))
    return {};
  return raw;
}

}  // namespace

PublicKey::PublicKey(EVP_PKEY* key) {
  if (!on_p256(key)) return;
  EVP_PKEY_up_ref(key);
  key_ = shared(key);
}

bool PublicKey::verify(std::string_view input, std::string_view signature) const {
  const ErrorsGone errors;
  std::array<unsigned char, kLongestDer> der;
  if (!key_ || signature.size() != kSignatureOctets) return false;
  const auto length = to_der(signature, der);
  const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  return length != 0 && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), der.data(), length, octets_of(input), input.size()) == 1;
}

bool same_key(const PublicKey& a, const PublicKey& b) {
  return a.key_ && b.key_ && EVP_PKEY_eq(a.key_.get(), b.key_.get()) == 1;
}

Result<PrivateKey, std::string> PrivateKey::parse(std::string_view pem) {
  const ErrorsGone errors;
  const Handle<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  PrivateKey parsed;
  parsed.key_ = shared(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!parsed.key_) return std::string("is no PEM private key without a passphrase");
  parsed.public_ = PublicKey(parsed.key_.get());
  if (!parsed.public_.valid()) return std::string("is no key on the curve P-256, which ES256 needs");
  return parsed;
}

std::string PrivateKey::sign(std::string_view input) const {
  const ErrorsGone errors;
  std::array<unsigned char, kLongestDer> der;
  std::size_t length = der.size();
  const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &length, octets_of(input), input.size()) != 1)
    return {};
  return to_raw(der.data(), length);
}

}  // namespace warp::stir
