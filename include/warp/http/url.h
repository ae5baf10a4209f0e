// Url: an absolute http or https address as a client needs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warp::http {

struct Url {
  bool secure = false;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least "/"

  // nullopt: another scheme, user information, no host, a bad port, blanks, control or non-ASCII octets, or
  // more than 2048 octets. The fragment is left away.
  static std::optional<Url> parse(std::string_view text);
  std::string authority() const;  // for the Host header: the port only when it is not the scheme's
};

}  // namespace warp::http
