#include "negotiation/keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "warp/base/text.h"
#include "warp/sdp/crypto.h"

namespace warp::calls {

using domain::SrtpSuite;

namespace {

constexpr std::size_t kMostCryptoLines = 16;

struct SuiteFacts {
  SrtpSuite suite;
  std::string_view name;
};
// In the order in which they are offered when a policy names none.
constexpr std::array<SuiteFacts, 6> kSuiteFacts{{{SrtpSuite::AeadAes256Gcm, "AEAD_AES_256_GCM"},
                                                 {SrtpSuite::AeadAes128Gcm, "AEAD_AES_128_GCM"},
                                                 {SrtpSuite::AesCm256Sha1_80, "AES_256_CM_HMAC_SHA1_80"},
                                                 {SrtpSuite::AesCm128Sha1_80, "AES_CM_128_HMAC_SHA1_80"},
                                                 {SrtpSuite::AesCm256Sha1_32, "AES_256_CM_HMAC_SHA1_32"},
                                                 {SrtpSuite::AesCm128Sha1_32, "AES_CM_128_HMAC_SHA1_32"}}};

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

std::optional<CryptoLine> read_crypto(std::string_view value) {
  const auto crypto = sdp::parse_crypto(value);
  if (!crypto) return std::nullopt;
  const auto* facts = facts_named(crypto->suite);
  if (facts == nullptr || crypto->key_size != sdp::key_octets_of(facts->name)) return std::nullopt;
  CryptoLine line;
  line.tag = crypto->tag;
  line.keys.suite = facts->suite;
  line.keys.size = crypto->key_size;
  line.keys.lifetime = crypto->lifetime.value_or(0);
  std::copy_n(crypto->key.begin(), crypto->key_size, line.keys.material.begin());
  return line;
}

std::string_view value_of(const sdp::Session& description, const sdp::Media& media, std::string_view name) {
  if (const auto* own = media.attribute(name)) return own->value;
  const auto* common = description.attribute(name);
  return common != nullptr ? std::string_view(common->value) : std::string_view();
}

constexpr std::string_view kIceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string ice_text(std::size_t length, IdSource& ids) {
  std::string text;
  while (text.size() < length) {
    std::uint64_t bits = ids.next64();
    for (unsigned i = 0; i < 10 && text.size() < length; ++i, bits >>= 6u)
      text += kIceChars[bits & 63u];
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
  return sdp::key_octets_of(suite_name(suite));
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
  sdp::Crypto crypto;
  crypto.tag = line.tag;
  crypto.suite = suite_name(line.keys.suite);
  crypto.key_size = line.keys.size;
  std::copy_n(line.keys.material.begin(), line.keys.size, crypto.key.begin());
  return sdp::write_crypto(crypto);
}

std::optional<DtlsLine> dtls_line(const sdp::Session& description, const sdp::Media& media) {
  std::optional<sdp::Fingerprint> fingerprint;
  for (const auto* attributes : {&media.attributes, &description.attributes})
    for (const auto& attribute : *attributes)
      if (!fingerprint && attribute.name == "fingerprint")
        fingerprint = sdp::parse_fingerprint(attribute.value);
  if (!fingerprint) return std::nullopt;
  const auto setup = sdp::parse_setup(value_of(description, media, "setup")).value_or(sdp::Setup::ActPass);
  if (setup == sdp::Setup::HoldConn) return std::nullopt;
  return DtlsLine{std::move(fingerprint->hash), std::move(fingerprint->digest), setup};
}

std::string fingerprint_value(const std::string& hash, std::vector<std::byte> digest) {
  return sdp::write_fingerprint({hash, std::move(digest)});
}

std::optional<IceLine> ice_line(const sdp::Session& description, const sdp::Media& media) {
  return sdp::ice_credentials_of(description, media);
}

IceLine fresh_ice(IdSource& ids) {
  constexpr std::size_t kUfrag = 8, kPassword = 24;
  return {ice_text(kUfrag, ids), ice_text(kPassword, ids)};
}

}  // namespace warp::calls
