#include "warp/identity/jwt.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "warp/base/text.h"
#include "warp/stir/base64url.h"

#include "octets.h"
#include "strict_json.h"

namespace warp::identity {
namespace {

using Json = nlohmann::json;

constexpr int kHeaderDepth = 4, kClaimsDepth = 8;
constexpr std::size_t kEs256Octets = 64, kHalf = kEs256Octets / 2;
constexpr std::size_t kMostTries = 4;        // keys of a token that names none
constexpr double kLatest = 253'402'300'799;  // the end of the year 9999

// What OpenSSL says of strangers' octets must not stay in the thread's queue.
struct ErrorsGone {
  ~ErrorsGone() { ERR_clear_error(); }
};

struct Parts {
  std::string_view header, payload, signature, signed_text;
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == token.npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
  Parts parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
              token.substr(0, second)};
  if (parts.header.empty() || parts.payload.empty()) return std::nullopt;
  return parts;
}

std::optional<Json> decode_object(std::string_view part, int depth) {
  const auto text = stir::from_base64url(part);
  return text ? parse_object(*text, depth) : std::nullopt;
}

const std::string* text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get_ptr<const std::string*>() : nullptr;
}

bool is_token_type(std::string_view type) {
  if (type.size() > 12 && iequals(type.substr(0, 12), "application/")) type.remove_prefix(12);
  return iequals(type, "JWT") || iequals(type, "at+jwt");
}

Result<JwtHeader, JwtError> judge_header(const Json& header) {
  if (header.contains("crit")) return JwtError::CriticalRefused;
  const auto* name = text_at(header, "alg");
  if (!name) return JwtError::BadHeader;
  const auto algorithm = parse_algorithm(*name);
  if (!algorithm) return JwtError::AlgorithmRefused;
  if (header.contains("typ")) {
    const auto* type = text_at(header, "typ");
    if (!type || !is_token_type(*type)) return JwtError::BadHeader;
  }
  JwtHeader out;
  out.algorithm = *algorithm;
  if (header.contains("kid")) {
    const auto* kid = text_at(header, "kid");
    if (!kid || kid->empty() || kid->size() > kLongestKid) return JwtError::BadHeader;
    out.kid = *kid;
  }
  return out;
}

// r || s as RFC 7518 §3.4 has it, to the DER that OpenSSL takes; empty when it cannot be.
std::string to_der(std::string_view raw) {
  if (raw.size() != kEs256Octets) return {};
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(octets_of(raw), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(octets_of(raw.substr(kHalf)), kHalf, nullptr);
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  std::array<unsigned char, 80> der;  // 72 at most for P-256
  unsigned char* at = der.data();
  const int length = i2d_ECDSA_SIG(pair.get(), &at);
  return length > 0 ? std::string(reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(length))
                    : std::string();
}

bool signed_by(const KeySet::Key& key, std::string_view text, std::string_view signature) {
  const ErrorsGone errors;
  const std::string der = key.algorithm == Algorithm::ES256 ? to_der(signature) : std::string(signature);
  if (der.empty()) return false;
  const EVP_MD* digest = key.algorithm == Algorithm::EdDSA ? nullptr : EVP_sha256();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets_of(der), der.size(), octets_of(text), text.size()) == 1;
}

std::optional<JwtError> check_signature(const Parts& parts, const JwtHeader& header, const KeySet& keys) {
  const auto signature = stir::from_base64url(parts.signature);
  if (!signature) return JwtError::Malformed;
  std::size_t tried = 0;
  for (const auto& key : keys.keys) {
    if (key.algorithm != header.algorithm || (!header.kid.empty() && key.kid != header.kid)) continue;
    if (++tried > kMostTries) break;
    if (signed_by(key, parts.signed_text, *signature)) return std::nullopt;
  }
  return tried == 0 ? JwtError::UnknownKey : JwtError::BadSignature;
}

// A NumericDate; false: there is one and it is none.
bool read_date(const Json& claims, const char* name, std::optional<WallTime>& out) {
  const auto found = claims.find(name);
  if (found == claims.end()) return true;
  if (!found->is_number()) return false;
  const auto seconds = found->get<double>();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLatest) return false;
  out = WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  return true;
}

bool for_one_of(const Json& claims, const std::vector<std::string>& audiences) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  const auto wanted = [&](const Json& value) {
    return value.is_string() && std::find(audiences.begin(), audiences.end(),
                                          value.get_ref<const std::string&>()) != audiences.end();
  };
  return found->is_array() ? std::any_of(found->begin(), found->end(), wanted) : wanted(*found);
}

std::optional<JwtError> check_claims(const Json& claims, const Expectation& expected, WallTime now,
                                     WallTime& expires_at) {
  const auto* issuer = text_at(claims, "iss");
  if (!issuer || *issuer != expected.issuer) return JwtError::WrongIssuer;
  if (!for_one_of(claims, expected.audiences)) return JwtError::WrongAudience;
  std::optional<WallTime> expiry, not_before, issued;
  if (!read_date(claims, "exp", expiry) || !expiry) return JwtError::NoExpiry;
  if (!read_date(claims, "nbf", not_before) || !read_date(claims, "iat", issued)) return JwtError::Malformed;
  if (*expiry <= now) return JwtError::Expired;
  if ((not_before && *not_before > now + expected.leeway) || (issued && *issued > now + expected.leeway))
    return JwtError::NotYet;
  expires_at = *expiry;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::RS256:
      return "RS256";
    case Algorithm::ES256:
      return "ES256";
    case Algorithm::EdDSA:
      return "EdDSA";
  }
  return "";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  for (const auto algorithm : {Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA})
    if (name == to_string(algorithm)) return algorithm;
  return std::nullopt;
}

std::string_view to_string(JwtError error) {
  switch (error) {
    case JwtError::TooLong:
      return "too_long";
    case JwtError::Malformed:
      return "malformed";
    case JwtError::BadHeader:
      return "bad_header";
    case JwtError::AlgorithmRefused:
      return "algorithm_refused";
    case JwtError::CriticalRefused:
      return "critical_refused";
    case JwtError::UnknownKey:
      return "unknown_key";
    case JwtError::BadSignature:
      return "bad_signature";
    case JwtError::WrongIssuer:
      return "wrong_issuer";
    case JwtError::WrongAudience:
      return "wrong_audience";
    case JwtError::NoExpiry:
      return "no_expiry";
    case JwtError::Expired:
      return "expired";
    case JwtError::NotYet:
      return "not_yet";
  }
  return "";
}

bool KeySet::knows(std::string_view kid) const {
  return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.kid == kid; });
}

Result<JwtHeader, JwtError> read_header(std::string_view token) {
  if (token.size() > kLongestJwt) return JwtError::TooLong;
  const auto parts = split(token);
  if (!parts) return JwtError::Malformed;
  const auto header = decode_object(parts->header, kHeaderDepth);
  if (!header) return JwtError::Malformed;
  return judge_header(*header);
}

Result<Claims, JwtError> verify(std::string_view token, const KeySet& keys, const Expectation& expectation,
                                WallTime now) {
  const auto header = read_header(token);
  if (!header) return header.error();
  const auto& allowed = expectation.algorithms;
  if (std::find(allowed.begin(), allowed.end(), header->algorithm) == allowed.end())
    return JwtError::AlgorithmRefused;
  const auto parts = *split(token);
  if (const auto wrong = check_signature(parts, *header, keys)) return *wrong;
  auto claims = decode_object(parts.payload, kClaimsDepth);
  if (!claims) return JwtError::Malformed;
  Claims out;
  if (const auto wrong = check_claims(*claims, expectation, now, out.expires_at)) return *wrong;
  out.all = std::move(*claims);
  return out;
}

}  // namespace warp::identity
