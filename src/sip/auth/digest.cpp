#include "warp/sip/auth/digest.h"

#include <memory>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "warp/base/text.h"

namespace warp::sip {

std::string_view to_string(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::Md5:
      return "MD5";
    case DigestAlgorithm::Sha256:
      return "SHA-256";
  }
  return "";
}

std::optional<DigestAlgorithm> digest_algorithm_from(std::string_view text) {
  for (const auto algorithm : {DigestAlgorithm::Md5, DigestAlgorithm::Sha256})
    if (iequals(text, to_string(algorithm))) return algorithm;
  return std::nullopt;
}

HexDigest digest_of(DigestAlgorithm algorithm, std::initializer_list<std::string_view> parts) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  HexDigest result;
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw;
  unsigned length = 0;
  const EVP_MD* function = algorithm == DigestAlgorithm::Md5 ? EVP_md5() : EVP_sha256();
  bool good = context != nullptr && EVP_DigestInit_ex(context.get(), function, nullptr) == 1;
  bool first = true;
  for (const std::string_view part : parts) {
    if (!std::exchange(first, false)) good = good && EVP_DigestUpdate(context.get(), ":", 1) == 1;
    good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  good = good && EVP_DigestFinal_ex(context.get(), raw.data(), &length) == 1;
  if (!good || 2 * length > result.digits_.size()) return result;
  for (unsigned i = 0; i < length; ++i) {
    result.digits_[2 * i] = kDigits[raw[i] >> 4];
    result.digits_[2 * i + 1] = kDigits[raw[i] & 15];
  }
  result.size_ = static_cast<std::uint8_t>(2 * length);
  return result;
}

DigestSecret make_digest_secret(std::string_view username, std::string_view realm,
                                std::string_view password) {
  return {digest_of(DigestAlgorithm::Md5, {username, realm, password}).text(),
          digest_of(DigestAlgorithm::Sha256, {username, realm, password}).text()};
}

HexDigest digest_response(DigestAlgorithm algorithm, std::string_view ha1, const DigestInput& input) {
  const HexDigest ha2 = digest_of(algorithm, {input.method, input.uri});
  if (input.nc.empty()) return digest_of(algorithm, {ha1, input.nonce, ha2.view()});
  return digest_of(algorithm, {ha1, input.nonce, input.nc, input.cnonce, "auth", ha2.view()});
}

bool same_digest(std::string_view a, std::string_view b) {
  return a.size() == b.size() && !a.empty() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace warp::sip
