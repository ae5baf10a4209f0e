// Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, 30 s, six digits, as every authenticator app
// has them. Pure: the step that a code belongs to is the caller's to keep, so that a code is good once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"

namespace warp::identity {

constexpr std::int64_t kTotpStepSeconds = 30;
constexpr int kTotpDigits = 6;

std::string make_totp_secret();  // 20 octets of the system's randomness
std::int64_t totp_step(WallTime now);
// RFC 4226 §5.3; `digits` 1 to 9.
std::string hotp(std::string_view secret, std::uint64_t counter, int digits = kTotpDigits);
// The step of `code`, when it is the present one or one to either side, and later than `last_step`.
std::optional<std::int64_t> matching_step(std::string_view secret, std::string_view code, WallTime now,
                                          std::int64_t last_step);

std::string base32(std::string_view octets);  // RFC 4648, without padding
// For the QR code: "otpauth://totp/<issuer>:<account>?secret=…&issuer=…".
std::string otpauth_uri(std::string_view issuer, std::string_view account, std::string_view secret);

}  // namespace warp::identity
