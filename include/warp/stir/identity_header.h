// IdentityHeader: one value of a SIP Identity header (RFC 8224 §4).
//
//   <token>;info=<https://…>;alg=ES256;ppt=shaken
//
// The token is a PASSporT in JWS compact serialisation; in the compact form of RFC 8224 §4.1 its header and
// payload are empty ("..<signature>") and the verifier puts them together from the request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"

namespace warp::stir {

// What a value may be at most: longer ones are refused unread.
inline constexpr std::size_t kLongestIdentity = 8192;
inline constexpr std::size_t kLongestInfo = 2048;
inline constexpr std::size_t kMostIdentities = 8;  // of one request

enum class IdentityError : std::uint8_t { TooLong, Token, Parameter, Info };
std::string_view to_string(IdentityError error);

// The three parts of a token, as sent.
struct Token {
  std::string_view header, payload, signature;
  bool compact() const { return header.empty(); }
};

struct IdentityHeader {
  std::string token;
  std::string info;  // the URI without its angle brackets
  std::string alg;   // empty: not said, which means ES256
  std::string ppt;   // without quotes; empty: a base PASSporT

  static Result<IdentityHeader, IdentityError> parse(std::string_view value);
  // What parses is written as it would be parsed again. Empty when it cannot be written.
  std::string write() const;
  Token parts() const;  // of a token that parse() let through
  friend bool operator==(const IdentityHeader&, const IdentityHeader&) = default;
};

// A header line may carry several values, separated by commas (outside of quotes and angle brackets).
// At most kMostIdentities + 1 of them: who gets more than kMostIdentities refuses.
std::vector<std::string_view> split_identities(std::string_view line);

}  // namespace warp::stir
