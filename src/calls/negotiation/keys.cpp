#include "negotiation/keys.h"

#include <algorithm>
#include <array>
#include <span>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::calls {

using domain::SrtpSuite;

namespace {

constexpr std::size_t kMostCryptoLines = 16;

struct SuiteFacts {
  SrtpSuite suite;
  std::string_view name;
  std::size_t octets;
};
// In the order in which they are offered when a policy names none.
constexpr std::array<SuiteFacts, 6> kSuiteFacts{
    {{SrtpSuite::AeadAes256Gcm, "AEAD_AES_256_GCM", 44},
     {SrtpSuite::AeadAes128Gcm, "AEAD_AES_128_GCM", 28},
     {SrtpSuite::AesCm256Sha1_80, "AES_256_CM_HMAC_SHA1_80", 46},
     {SrtpSuite::AesCm128Sha1_80, "AES_CM_128_HMAC_SHA1_80", 30},
     {SrtpSuite::AesCm256Sha1_32, "AES_256_CM_HMAC_SHA1_32", 46},
     {SrtpSuite::AesCm128Sha1_32, "AES_CM_128_HMAC_SHA1_32", 30}}};

const SuiteFacts* facts_named(std::string_view name) {
  for (const auto& facts : kSuiteFacts)
    if (iequals(facts.name, name)) return &facts;
  return nullptr;
}

const SuiteFacts* facts_of(SrtpSuite suite) {
  for (const auto& facts : kSuiteFacts)
    if (facts.suite == suite) return &facts;
  return nullptr;
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string key_text(std::span<const std::byte> octets) {
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, octets.size() - at);
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8u | (i < count ? std::to_integer<std::uint32_t>(octets[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= count ? kBase64[group >> (18u - 6u * i) & 63u] : '=';
  }
  return text;
}

// Exactly the octets of `keys`; some peers leave the padding out.
bool read_key_text(std::string_view text, domain::SrtpKeys& keys) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  if (text.size() != (std::size_t{keys.size} * 8 + 5) / 6) return false;
  std::uint32_t bits = 0, held = 0;
  std::size_t at = 0;
  for (const char c : text) {
    const auto digit = kBase64.find(c);
    if (digit == std::string_view::npos) return false;
    bits = bits << 6u | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (at < keys.size) keys.material[at++] = static_cast<std::byte>(bits >> held & 0xffu);
  }
  return at == keys.size;
}

std::string_view next_word(std::string_view& rest) {
  rest = trim(rest);
  const auto end = std::min(rest.find_first_of(" \t"), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

// "inline:<key>[|lifetime]": a second field with a colon is an MKI.
bool read_key_params(std::string_view params, domain::SrtpKeys& keys) {
  constexpr std::string_view kInline = "inline:";
  if (params.find(';') != params.npos || params.size() < kInline.size() ||
      !iequals(params.substr(0, kInline.size()), kInline))
    return false;
  params.remove_prefix(kInline.size());
  const auto bar = std::min(params.find('|'), params.size());
  if (params.substr(bar).find(':') != params.npos) return false;
  return read_key_text(params.substr(0, bar), keys);
}

bool harmless_parameters(std::string_view rest) {
  for (auto word = next_word(rest); !word.empty(); word = next_word(rest))
    if (!iequals(word.substr(0, 4), "WSH=")) return false;
  return true;
}

std::optional<CryptoLine> read_crypto(std::string_view value) {
  constexpr std::uint32_t kHighestTag = 999'999'999;
  CryptoLine line;
  const auto tag = parse_number<std::uint32_t>(next_word(value), 0, kHighestTag);
  const auto* facts = facts_named(next_word(value));
  if (!tag || facts == nullptr) return std::nullopt;
  line.tag = *tag;
  line.keys.suite = facts->suite;
  line.keys.size = static_cast<std::uint8_t>(facts->octets);
  if (!read_key_params(next_word(value), line.keys) || !harmless_parameters(value)) return std::nullopt;
  return line;
}

struct HashFacts {
  std::string_view name;
  std::size_t octets;
};
constexpr std::array<HashFacts, 4> kFingerprintHashes{
    {{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}, {"sha-1", 20}}};

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<DtlsLine> read_fingerprint(std::string_view value) {
  const auto hash = next_word(value);
  const auto digits = next_word(value);
  const auto facts = std::find_if(kFingerprintHashes.begin(), kFingerprintHashes.end(),
                                  [&](const HashFacts& known) { return iequals(known.name, hash); });
  if (facts == kFingerprintHashes.end() || digits.size() != facts->octets * 3 - 1) return std::nullopt;
  DtlsLine line{std::string(facts->name), {}, DtlsRole::ActPass};
  for (std::size_t at = 0; at < digits.size(); at += 3) {
    const int high = hex_digit(digits[at]), low = hex_digit(digits[at + 1]);
    if (high < 0 || low < 0 || (at + 2 < digits.size() && digits[at + 2] != ':')) return std::nullopt;
    line.digest.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return line;
}

std::string_view value_of(const sdp::Session& description, const sdp::Media& media, std::string_view name) {
  if (const auto* own = media.attribute(name)) return own->value;
  const auto* common = description.attribute(name);
  return common != nullptr ? std::string_view(common->value) : std::string_view();
}

bool is_ice_text(std::string_view text, std::size_t least) {
  constexpr std::size_t kMost = 256;
  return text.size() >= least && text.size() <= kMost &&
         text.find_first_not_of(kBase64) == std::string_view::npos;
}

std::string ice_text(std::size_t length, IdSource& ids) {
  std::string text;
  while (text.size() < length) {
    std::uint64_t bits = ids.next64();
    for (unsigned i = 0; i < 10 && text.size() < length; ++i, bits >>= 6u)
      text += kBase64[bits & 63u];
  }
  return text;
}

}  // namespace

std::string_view suite_name(SrtpSuite suite) {
  const auto* facts = facts_of(suite);
  return facts != nullptr ? facts->name : std::string_view();
}

std::vector<SrtpSuite> suites_of(const std::vector<std::string>& names) {
  std::vector<SrtpSuite> suites;
  for (const auto& name : names)
    if (const auto* facts = facts_named(name)) suites.push_back(facts->suite);
  if (suites.empty())
    for (const auto& facts : kSuiteFacts)
      suites.push_back(facts.suite);
  return suites;
}

std::size_t key_octets(SrtpSuite suite) {
  const auto* facts = facts_of(suite);
  return facts != nullptr ? facts->octets : 0;
}

domain::SrtpKeys fresh_keys(SrtpSuite suite, IdSource& ids) {
  domain::SrtpKeys keys;
  keys.suite = suite;
  keys.size = static_cast<std::uint8_t>(key_octets(suite));
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < keys.size; ++i, bits >>= 8u) {
    if (i % 8 == 0) bits = ids.next64();
    keys.material[i] = static_cast<std::byte>(bits & 0xffu);
  }
  return keys;
}

std::vector<CryptoLine> crypto_lines(const sdp::Media& media) {
  std::vector<CryptoLine> lines;
  for (const auto& attribute : media.attributes) {
    if (attribute.name != "crypto" || lines.size() >= kMostCryptoLines) continue;
    if (auto line = read_crypto(attribute.value)) lines.push_back(std::move(*line));
  }
  return lines;
}

std::string crypto_value(const CryptoLine& line) {
  std::string value = std::to_string(line.tag);
  value += ' ';
  value += suite_name(line.keys.suite);
  value += " inline:";
  value += key_text(std::span(line.keys.material).first(line.keys.size));
  return value;
}

std::optional<DtlsLine> dtls_line(const sdp::Session& description, const sdp::Media& media) {
  std::optional<DtlsLine> line;
  for (const auto* attributes : {&media.attributes, &description.attributes})
    for (const auto& attribute : *attributes)
      if (!line && attribute.name == "fingerprint") line = read_fingerprint(attribute.value);
  if (!line) return std::nullopt;
  const auto role = trim(value_of(description, media, "setup"));
  if (iequals(role, "holdconn")) return std::nullopt;
  if (iequals(role, "active")) line->role = DtlsRole::Active;
  if (iequals(role, "passive")) line->role = DtlsRole::Passive;
  return line;
}

std::string fingerprint_value(std::string_view hash, std::span<const std::byte> digest) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string value(hash);
  for (std::size_t i = 0; i < digest.size(); ++i) {
    value += i == 0 ? ' ' : ':';
    value += kHex[std::to_integer<unsigned>(digest[i]) >> 4u];
    value += kHex[std::to_integer<unsigned>(digest[i]) & 15u];
  }
  return value;
}

std::optional<IceLine> ice_line(const sdp::Session& description, const sdp::Media& media) {
  constexpr std::size_t kLeastUfrag = 4, kLeastPassword = 22;
  const auto ufrag = value_of(description, media, "ice-ufrag");
  const auto password = value_of(description, media, "ice-pwd");
  if (!is_ice_text(ufrag, kLeastUfrag) || !is_ice_text(password, kLeastPassword)) return std::nullopt;
  return IceLine{std::string(ufrag), std::string(password)};
}

IceLine fresh_ice(IdSource& ids) {
  constexpr std::size_t kUfrag = 8, kPassword = 24;
  return {ice_text(kUfrag, ids), ice_text(kPassword, ids)};
}

}  // namespace warp::calls
