// base64url without padding (RFC 4648 §5, as JWS and PASSporT use it). Strict: no padding, no blanks, no bits
// left over, so that a text has one meaning and one spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warp::stir {

std::string to_base64url(std::string_view octets);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace warp::stir
