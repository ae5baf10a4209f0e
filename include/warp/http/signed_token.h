// Signed tokens: a few octets with an end, in a path, that nobody but the holder of the key can make. They
// are not secret: who has the token can read what is in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"

namespace warp::http {

// Letters, digits, '-' and '_'. HMAC-SHA256.
std::string make_token(std::string_view octets, WallTime expires, std::string_view key);
// The octets; nullopt: not ours, changed, or past its end.
std::optional<std::string> open_token(std::string_view token, WallTime now, std::string_view key);

}  // namespace warp::http
