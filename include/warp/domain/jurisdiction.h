// Jurisdiction: which tariff a call falls under, by where its two ends are.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace warp::domain {

enum class Jurisdiction : std::uint8_t {
  Unknown,
  Local,
  IntraLata,
  Intrastate,
  Interstate,
  International,
  TollFree
};

using Jurisdictions = std::uint8_t;  // bits, 1 << value
inline constexpr Jurisdictions kAllJurisdictions = 0x7f;
inline constexpr unsigned kJurisdictions = 7;
constexpr Jurisdictions bit(Jurisdiction one) {
  return static_cast<Jurisdictions>(1u << static_cast<unsigned>(one));
}
std::string_view to_string(
    Jurisdiction one);  // UNKNOWN, LOCAL, INTRALATA, INTRASTATE, INTERSTATE, INTERNATIONAL, TOLLFREE
std::optional<Jurisdiction> parse_jurisdiction(std::string_view text);

}  // namespace warp::domain
