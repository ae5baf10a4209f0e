// Uri: sip:, sips: and tel: URIs (RFC 3261 §19, RFC 3966) as views over the text they were parsed from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warp::sip {

struct Uri {
  enum class Scheme : std::uint8_t { Sip, Sips, Tel };
  Scheme scheme = Scheme::Sip;
  std::string_view user;     // escapes kept; for tel: the number with its visual separators
  std::string_view host;     // brackets kept for IPv6; empty for tel:
  std::uint16_t port = 0;    // 0: absent
  std::string_view params;   // from the first ';' of the URI's own, without it
  std::string_view headers;  // after '?'

  static std::optional<Uri> parse(std::string_view text);
  // Value of a parameter: nullopt when absent, empty when it has no value. Any case.
  std::optional<std::string_view> param(std::string_view name) const;
  // The user part without escapes, visual separators and user parameters (";npdi…"): "+14155550100".
  // nullopt when what remains is no telephone number (digits, *, #, leading +).
  std::optional<std::string> telephone() const;
};

}  // namespace warp::sip
