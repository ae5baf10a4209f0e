#include "warp/sip/auth/digest.h"

#include <utility>

#include <openssl/crypto.h>

#include "warp/base/text.h"

#include "hash.h"

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
  HexDigest result;
  Hash hash(algorithm);
  bool first = true;
  for (const std::string_view part : parts) {
    if (!std::exchange(first, false)) hash.add(":");
    hash.add(part);
  }
  Hash::Raw raw;
  const std::size_t length = hash.end(raw);
  if (2 * length > result.digits_.size()) return result;
  for (std::size_t i = 0; i < length; ++i) {
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
