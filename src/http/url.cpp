#include "warp/http/url.h"

#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::http {
namespace {

constexpr std::size_t kLongest = 2048;

bool has_forbidden(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; });
}

std::optional<std::string_view> take_scheme(std::string_view& text, bool& secure) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (text.size() > scheme.size() && iequals(text.substr(0, scheme.size()), scheme)) {
      secure = scheme == "https://";
      text.remove_prefix(scheme.size());
      return scheme;
    }
  return std::nullopt;
}

// "host", "host:port", "[::1]", "[::1]:port"
bool read_authority(std::string_view authority, Url& url) {
  if (authority.empty() || authority.find('@') != std::string_view::npos) return false;
  std::string_view port;
  bool has_port = false;
  if (authority.front() == '[') {
    const auto end = authority.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    url.host = authority.substr(1, end - 1);
    const auto rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return false;
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
  }
  if (url.host.empty()) return false;
  url.port = url.secure ? 443 : 80;
  if (!has_port) return true;
  const auto number = parse_number<std::uint16_t>(port, 1, 65535);
  if (number) url.port = *number;
  return number.has_value();
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  if (text.size() > kLongest || has_forbidden(text)) return std::nullopt;
  Url url;
  if (!take_scheme(text, url.secure)) return std::nullopt;
  text = text.substr(0, text.find('#'));
  const auto end = std::min(text.find_first_of("/?\\"), text.size());
  if (end < text.size() && text[end] == '\\') return std::nullopt;
  if (!read_authority(text.substr(0, end), url)) return std::nullopt;
  url.target = text.substr(end);
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, "/");
  return url;
}

std::string Url::authority() const {
  auto text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (secure ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

}  // namespace warp::http
