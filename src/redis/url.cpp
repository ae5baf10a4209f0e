#include "warp/redis/url.h"

#include <algorithm>
#include <optional>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::redis {
namespace {

using Parsed = Result<Url, std::string>;

constexpr std::uint32_t kMaxDatabase = 65535;
constexpr std::size_t kMaxUnixPath = 107;  // sun_path, with its closing NUL
constexpr std::size_t kMaxHost = 253;

std::optional<int> hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return std::nullopt;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (!high || !low || (*high == 0 && *low == 0)) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

bool parse_database(std::string_view text, Url& url) {
  const auto number = parse_number<std::uint32_t>(text, 0, kMaxDatabase);
  if (number) url.database = *number;
  return number.has_value();
}

std::string bad_database() {
  return "The Redis database is not a number from 0 to " + std::to_string(kMaxDatabase) + ".";
}

// Takes "user@" off the front of `rest`; an error is a sentence.
std::optional<std::string> take_user(std::string_view& rest, Url& url) {
  const auto at = rest.substr(0, rest.find_first_of("/?#")).rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto user = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  if (user.find(':') != std::string_view::npos)
    return "The Redis URL holds a password; it belongs into the password setting.";
  auto plain = unescape(user);
  if (!plain || plain->empty()) return "The user before '@' in the Redis URL is empty or badly escaped.";
  url.user = std::move(*plain);
  return std::nullopt;
}

bool host_characters(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_';
  });
}

bool ipv6_characters(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

// host, host:port, [v6] or [v6]:port.
std::optional<std::string> parse_authority(std::string_view text, Url& url) {
  std::string_view host, port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return "The IPv6 address in the Redis URL has no closing ']'.";
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return "Only a port may follow ']' in the Redis URL.";
    if (has_port) port.remove_prefix(1);
    if (!ipv6_characters(host)) return "What stands in brackets in the Redis URL is not an IPv6 address.";
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    if (port.find(':') != std::string_view::npos)
      return "An IPv6 address in the Redis URL must stand in brackets.";
    if (host.empty()) return "The Redis URL names no host.";
    if (host.size() > kMaxHost || !host_characters(host))
      return "The host of the Redis URL is not a host name or an address.";
  }
  url.host = std::string(host);
  if (!has_port) return std::nullopt;
  const auto number = parse_number<std::uint16_t>(port, 1);
  if (!number) return "The port of the Redis URL is not a number from 1 to 65535.";
  url.port = *number;
  return std::nullopt;
}

Parsed parse_unix(std::string_view rest) {
  Url url;
  url.transport = Transport::Unix;
  url.host.clear();
  url.port = 0;
  if (auto error = take_user(rest, url)) return *error;
  const auto question = rest.find('?');
  const auto path = unescape(rest.substr(0, question));
  if (!path || !path->starts_with('/') || path->size() < 2)
    return std::string("The Redis URL needs an absolute path: unix:///path/to/redis.sock.");
  if (path->size() > kMaxUnixPath)
    return "The path in the Redis URL is longer than the " + std::to_string(kMaxUnixPath) +
           " octets of a unix socket.";
  url.path = *path;
  if (question == std::string_view::npos) return url;
  const auto query = rest.substr(question + 1);
  if (!query.starts_with("db="))
    return std::string("Nothing but '?db=NUMBER' may follow the path in a unix Redis URL.");
  if (!parse_database(query.substr(3), url)) return bad_database();
  return url;
}

Parsed parse_tcp(std::string_view rest, Transport transport) {
  Url url;
  url.transport = transport;
  if (rest.find_first_of("?#") != std::string_view::npos)
    return std::string("The Redis URL may not hold '?' or '#'.");
  if (auto error = take_user(rest, url)) return *error;
  const auto slash = rest.find('/');
  if (auto error = parse_authority(rest.substr(0, slash), url)) return *error;
  if (slash == std::string_view::npos || slash + 1 == rest.size()) return url;
  if (!parse_database(rest.substr(slash + 1), url)) return bad_database();
  return url;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != '\x7f'; });
}

}  // namespace

Result<Url, std::string> parse_url(std::string_view text) {
  if (text.empty()) return std::string("The Redis URL is empty.");
  if (!printable(text)) return std::string("The Redis URL holds blanks or characters outside ASCII.");
  const auto end = text.find("://");
  const auto scheme = text.substr(0, end);
  const auto rest = end == std::string_view::npos ? std::string_view{} : text.substr(end + 3);
  if (end != std::string_view::npos) {
    if (iequals(scheme, "redis")) return parse_tcp(rest, Transport::Tcp);
    if (iequals(scheme, "rediss")) return parse_tcp(rest, Transport::Tls);
    if (iequals(scheme, "unix")) return parse_unix(rest);
  }
  return std::string("The Redis URL does not begin with redis://, rediss:// or unix://.");
}

std::string to_string(const Url& url) {
  const auto database = std::to_string(url.database);
  if (url.transport == Transport::Unix)
    return "unix://" + url.path + (url.database ? "?db=" + database : std::string());
  const bool brackets = url.host.find(':') != std::string::npos;
  return (url.transport == Transport::Tls ? "rediss://" : "redis://") +
         (brackets ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port) + "/" + database;
}

}  // namespace warp::redis
