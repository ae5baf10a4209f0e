// Digest: the hashes of RFC 7616 §3.4 with the algorithms of RFC 8760 that are spoken here, qop=auth or none.
// Pure functions; hexadecimal in lower case, as it goes on the wire.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace warp::sip {

enum class DigestAlgorithm : std::uint8_t { Md5, Sha256 };  // the stronger counts more
inline constexpr std::size_t kDigestAlgorithms = 2;
std::string_view to_string(DigestAlgorithm algorithm);                        // MD5, SHA-256
std::optional<DigestAlgorithm> digest_algorithm_from(std::string_view text);  // any case
constexpr std::size_t digest_length(DigestAlgorithm algorithm) {              // hexadecimal digits
  return algorithm == DigestAlgorithm::Md5 ? 32 : 64;
}

class HexDigest {
 public:
  std::string_view view() const { return {digits_.data(), size_}; }
  std::string text() const { return std::string(view()); }

 private:
  friend HexDigest digest_of(DigestAlgorithm, std::initializer_list<std::string_view>);
  std::array<char, 64> digits_{};
  std::uint8_t size_ = 0;  // 0: the library refuses the algorithm (MD5 under FIPS)
};

// Hash of the parts with ':' between them.
HexDigest digest_of(DigestAlgorithm algorithm, std::initializer_list<std::string_view> parts);

// What is kept in place of a password: H(username:realm:password) for each algorithm.
struct DigestSecret {
  std::string md5, sha256;
  const std::string& of(DigestAlgorithm algorithm) const {
    return algorithm == DigestAlgorithm::Md5 ? md5 : sha256;
  }
  friend bool operator==(const DigestSecret&, const DigestSecret&) = default;
};
DigestSecret make_digest_secret(std::string_view username, std::string_view realm, std::string_view password);

// What a response is made of besides the secret. `nc` has its eight digits; empty: no qop (RFC 2069).
struct DigestInput {
  std::string_view method, uri, nonce, nc, cnonce;
};
// Always two hashes.
HexDigest digest_response(DigestAlgorithm algorithm, std::string_view ha1, const DigestInput& input);

// Takes as long for equal as for different texts of one length.
bool same_digest(std::string_view a, std::string_view b);

}  // namespace warp::sip
