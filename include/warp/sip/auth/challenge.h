// DigestChallenge, DigestCredentials: values of WWW-Authenticate, Proxy-Authenticate, Authorization and
// Proxy-Authorization (RFC 3261 §20, RFC 7616 §3.3 and §3.4). Sans-I/O.
//
// Lenient where peers are sloppy: values with or without quotes. Strict where it is a way in: a parameter
// that comes twice, a value with control characters or longer than kLongestDigestValue, a scheme other than
// Digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/sip/auth/digest.h"
#include "warp/sip/message/message.h"

namespace warp::sip {

inline constexpr std::size_t kLongestDigestValue = 512;
inline constexpr std::size_t kMostDigestParameters = 32;

enum class DigestError : std::uint8_t { Scheme, Syntax, TooLong, Duplicate, Missing, Unsupported };
std::string_view to_string(DigestError error);

struct DigestChallenge {
  std::string realm, nonce, opaque;
  DigestAlgorithm algorithm = DigestAlgorithm::Md5;
  bool stale = false;
  bool qop = false;  // auth is offered; false: none is asked for
  friend bool operator==(const DigestChallenge&, const DigestChallenge&) = default;
};

struct DigestCredentials {
  std::string username, realm, nonce, uri, response, cnonce, opaque;
  DigestAlgorithm algorithm = DigestAlgorithm::Md5;
  std::string nc;               // eight hexadecimal digits; empty: no qop
  std::uint32_t count() const;  // nc as a number; 0 when there is none
  friend bool operator==(const DigestCredentials&, const DigestCredentials&) = default;
};

// Unsupported: an algorithm or a qop that is not spoken here, or a user name that is hashed or encoded.
Result<DigestChallenge, DigestError> parse_challenge(std::string_view value);
Result<DigestCredentials, DigestError> parse_credentials(std::string_view value);

// A header's value, with everything quoted that the RFCs quote.
std::string write(const DigestChallenge& challenge);
std::string write(const DigestCredentials& credentials);

// Of all headers `id` in a message those that parse, the strongest algorithm first, else in their order.
std::vector<DigestChallenge> challenges_of(const Message& response, HeaderId id);
// The first credentials of `realm` among the headers `id`; an error when one is for it, or none can be told,
// and does not parse; nullopt when there are none for it.
Result<std::optional<DigestCredentials>, DigestError> credentials_of(const Message& request, HeaderId id,
                                                                     std::string_view realm);

}  // namespace warp::sip
