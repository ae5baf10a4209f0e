#include "warp/sdp/crypto.h"

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "base64.h"
#include "fields.h"

namespace warp::sdp {
namespace {

struct CryptoSuite {
  std::string_view name;
  std::uint8_t key_octets;
};
constexpr CryptoSuite kCryptoSuites[] = {
    {"AES_CM_128_HMAC_SHA1_80", 30}, {"AES_CM_128_HMAC_SHA1_32", 30}, {"AES_256_CM_HMAC_SHA1_80", 46},
    {"AES_256_CM_HMAC_SHA1_32", 46}, {"AEAD_AES_128_GCM", 28},        {"AEAD_AES_256_GCM", 44},
};
constexpr std::uint32_t kMostCryptoTag = 999'999'999;
constexpr std::uint64_t kMostLifetime = std::uint64_t{1} << 48;  // RFC 3711 §9.2

const CryptoSuite* crypto_suite(std::string_view name) {
  for (const auto& suite : kCryptoSuites)
    if (iequals(suite.name, name)) return &suite;
  return nullptr;
}

// "2^20" or "1048576".
std::optional<std::uint64_t> read_lifetime(std::string_view text) {
  if (!text.starts_with("2^")) return parse_number<std::uint64_t>(text, 1, kMostLifetime);
  const auto exponent = parse_number<unsigned>(text.substr(2), 0, 48);
  if (!exponent) return std::nullopt;
  return std::uint64_t{1} << *exponent;
}

// "inline:<key>|<lifetime>|<mki>:<length>"; both behind the key may be missing.
std::optional<CryptoError> read_key(std::string_view text, std::size_t key_octets, Crypto& crypto) {
  if (text.find(';') != std::string_view::npos) return CryptoError::Mki;
  if (text.size() < 7 || !iequals(text.substr(0, 7), "inline:")) return CryptoError::Key;
  text.remove_prefix(7);
  const auto bar = text.find('|');
  const auto size = read_base64(text.substr(0, bar), crypto.key);
  if (size != key_octets) return CryptoError::Key;
  crypto.key_size = static_cast<std::uint8_t>(*size);
  if (bar == std::string_view::npos) return std::nullopt;
  const auto behind = text.substr(bar + 1);
  if (behind.find_first_of("|:") != std::string_view::npos) return CryptoError::Mki;
  crypto.lifetime = read_lifetime(behind);
  if (!crypto.lifetime) return CryptoError::Lifetime;
  return std::nullopt;
}

bool is_harmless(std::string_view parameter) {
  if (parameter == "KDR=0") return true;
  return parameter.starts_with("WSH=") || parameter.starts_with("FEC_ORDER=") || parameter.starts_with('-');
}

}  // namespace

std::string_view to_string(CryptoError error) {
  switch (error) {
    case CryptoError::Syntax:
      return "syntax";
    case CryptoError::Suite:
      return "suite";
    case CryptoError::Key:
      return "key";
    case CryptoError::Lifetime:
      return "lifetime";
    case CryptoError::Mki:
      return "mki";
    case CryptoError::Parameter:
      return "parameter";
  }
  return "";
}

std::size_t key_octets_of(std::string_view suite) {
  const auto* found = crypto_suite(suite);
  return found ? found->key_octets : 0;
}

Result<Crypto, CryptoError> parse_crypto(std::string_view value) {
  const auto tag = parse_number<std::uint32_t>(next_field(value), 1, kMostCryptoTag);
  const auto name = next_field(value);
  const auto key = next_field(value);
  if (!tag || key.empty()) return CryptoError::Syntax;
  const auto* suite = crypto_suite(name);
  if (!suite) return CryptoError::Suite;
  Crypto crypto;
  crypto.tag = *tag;
  crypto.suite = suite->name;
  if (const auto error = read_key(key, suite->key_octets, crypto)) return *error;
  for (auto parameter = next_field(value); !parameter.empty(); parameter = next_field(value))
    if (!is_harmless(parameter)) return CryptoError::Parameter;
  return crypto;
}

std::string write_crypto(const Crypto& crypto) {
  const auto* suite = crypto_suite(crypto.suite);
  if (!suite || crypto.key_size != suite->key_octets || crypto.tag < 1 || crypto.tag > kMostCryptoTag)
    return {};
  if (crypto.lifetime && (*crypto.lifetime < 1 || *crypto.lifetime > kMostLifetime)) return {};
  auto out = std::to_string(crypto.tag) + ' ' + std::string(suite->name) + " inline:";
  out += write_base64(crypto.key_octets());
  if (crypto.lifetime) out += '|' + std::to_string(*crypto.lifetime);
  return out;
}

}  // namespace warp::sdp
