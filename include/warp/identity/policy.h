// What a password must be: long enough, none of the thousand commonest, not the account's name. Length
// counts, kinds of characters do not (NIST SP 800-63B §5.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace warp::identity {

constexpr std::size_t kShortestPassword = 12, kLongestPassword = 256;  // octets

enum class Weakness : std::uint8_t { TooShort, TooLong, Common, LikeEmail };
std::string_view to_string(Weakness weakness);  // "too_short"
std::string_view sentence(Weakness weakness);   // for people

// nullopt: it will do.
std::optional<Weakness> weakness_of(std::string_view password, std::string_view email);

}  // namespace warp::identity
