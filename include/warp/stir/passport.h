// Passport: a PASSporT (RFC 8225) with the extensions that calls need: shaken (RFC 8588) and div (RFC 8946).
//
// parse() is strict where two readers could differ: no member twice, no deeper than a PASSporT is, the types
// of the RFCs. Members that it does not know are left alone. Telephone numbers are canonical: digits, with *
// and # (RFC 8224 §8.3), without '+'.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/stir/identity_header.h"

namespace warp::stir {

inline constexpr std::size_t kMostDestinations = 64;

enum class PassportError : std::uint8_t {
  Encoding,   // not base64url
  Json,       // not one object, too deep, a member twice
  Algorithm,  // not ES256
  Type,       // typ is not "passport"
  Reference,  // no x5u
  Origin,     // no orig, or two
  Destination,
  IssuedAt,
  Attestation,  // shaken without attest or origid
  Diversion,    // div without what was diverted
};
std::string_view to_string(PassportError error);

// One party: a number or a URI.
struct Party {
  std::string tn;  // canonical
  std::string uri;
  friend bool operator==(const Party&, const Party&) = default;
};

struct Passport {
  std::string ppt;  // "shaken", "div", …; empty: the base
  std::string x5u;
  Party orig;
  std::vector<std::string> dest_tns;
  std::vector<std::string> dest_uris;
  std::int64_t iat = 0;
  char attest = 0;  // 'A', 'B', 'C'; shaken alone
  std::string origid;
  Party div;  // div alone: to whom it was before

  // The full form.
  static Result<Passport, PassportError> parse(const Token& token);
  // Header and payload as RFC 8225 §9 writes them: members in lexicographic order, no blanks. `div` and
  // `attest` go in by ppt.
  std::string header_json() const;
  std::string payload_json() const;
  // What is signed: "<header>.<payload>", both in base64url.
  std::string signing_input() const;

  bool is_for(std::string_view tn) const;  // among dest_tns
  friend bool operator==(const Passport&, const Passport&) = default;
};

// Digits, * and # of a number; empty when `text` is none, or none is left, or more than 32 are. A '+' and
// visual separators go, parameters behind ';' too.
std::string canonical_number(std::string_view text);

// The compact form (RFC 8224 §4.1.1): the base PASSporT that a request stands for.
Passport compact_passport(std::string_view orig, std::string_view dest, std::string_view info,
                          std::int64_t date);

// A SIP Date header ("Sat, 13 Nov 2010 23:29:00 GMT") as seconds of Unix; negative when it is none.
std::int64_t parse_sip_date(std::string_view text);

}  // namespace warp::stir
