#include "warp/sdp/dtls.h"

#include <algorithm>

#include "warp/base/text.h"

#include "fields.h"

namespace warp::sdp {
namespace {

struct FingerprintHash {
  std::string_view name;
  std::size_t octets;
};
constexpr FingerprintHash kFingerprintHashes[] = {
    {"sha-1", 20}, {"sha-224", 28}, {"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64},
};

const FingerprintHash* fingerprint_hash(std::string_view name) {
  for (const auto& hash : kFingerprintHashes)
    if (iequals(hash.name, name)) return &hash;
  return nullptr;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr Setup kSetups[] = {Setup::Active, Setup::Passive, Setup::ActPass, Setup::HoldConn};

}  // namespace

std::optional<Fingerprint> parse_fingerprint(std::string_view value) {
  const auto* hash = fingerprint_hash(next_field(value));
  const auto digits = next_field(value);
  if (!hash || digits.size() != hash->octets * 3 - 1 || !next_field(value).empty()) return std::nullopt;
  Fingerprint fingerprint{std::string(hash->name), {}};
  fingerprint.digest.reserve(hash->octets);
  for (std::size_t i = 0; i < digits.size(); i += 3) {
    const auto high = hex_value(digits[i]), low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0 || (i + 2 < digits.size() && digits[i + 2] != ':')) return std::nullopt;
    fingerprint.digest.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return fingerprint;
}

std::string write_fingerprint(const Fingerprint& fingerprint) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto* hash = fingerprint_hash(fingerprint.hash);
  if (!hash || hash->octets != fingerprint.digest.size()) return {};
  std::string out(hash->name);
  char before = ' ';
  for (const auto octet : fingerprint.digest) {
    const auto value = std::to_integer<unsigned>(octet);
    out += before;
    out += kDigits[value >> 4];
    out += kDigits[value & 15];
    before = ':';
  }
  return out;
}

std::string_view to_string(Setup setup) {
  switch (setup) {
    case Setup::Active:
      return "active";
    case Setup::Passive:
      return "passive";
    case Setup::ActPass:
      return "actpass";
    case Setup::HoldConn:
      return "holdconn";
  }
  return "";
}

std::optional<Setup> parse_setup(std::string_view value) {
  value = trim(value);
  const auto* found = std::find_if(std::begin(kSetups), std::end(kSetups),
                                   [&](Setup setup) { return iequals(to_string(setup), value); });
  if (found == std::end(kSetups)) return std::nullopt;
  return *found;
}

Setup answer_to(Setup offered) {
  switch (offered) {
    case Setup::Active:
      return Setup::Passive;
    case Setup::Passive:
    case Setup::ActPass:
      return Setup::Active;
    case Setup::HoldConn:
      return Setup::HoldConn;
  }
  return Setup::HoldConn;
}

}  // namespace warp::sdp
