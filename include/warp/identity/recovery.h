// Recovery codes: ten second factors on paper, each good once. 80 bits each, "k7d2-mq9x-…", kept as SHA-256.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warp::identity {

constexpr std::size_t kRecoveryCodes = 10;

std::vector<std::string> make_recovery_codes(std::size_t count = kRecoveryCodes);
// As it is hashed: small letters, without blanks and dashes; empty when it cannot be such a code.
std::string plain_recovery_code(std::string_view typed);

}  // namespace warp::identity
