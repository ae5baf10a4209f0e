#include "warp/sip/message/uri.h"

#include "warp/base/text.h"

#include "scan.h"

namespace warp::sip {
namespace {

using scan::Cursor;

constexpr std::size_t kMaxTelephone = 64;

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// User part or password: its characters and whole %HH escapes, up to `stop`.
bool read_escaped(Cursor& in, std::string_view& out) {
  const char* start = in.at;
  while (!in.done()) {
    if (scan::is(*in.at, scan::kUser)) {
      ++in.at;
    } else if (*in.at == '%') {
      if (in.end - in.at < 3 || hex_value(in.at[1]) < 0 || hex_value(in.at[2]) < 0) return false;
      in.at += 3;
    } else {
      break;
    }
  }
  out = Cursor::view(start, in.at);
  return true;
}

bool read_userinfo(std::string_view text, Uri& uri) {
  Cursor in(text);
  if (!read_escaped(in, uri.user)) return false;
  std::string_view password;
  if (in.take(':') && !read_escaped(in, password)) return false;
  return in.done();
}

bool read_tail(Cursor& in, Uri& uri) {
  if (in.take(';')) {
    const char* start = in.at;
    while (!in.done() && *in.at != '?' && scan::is(*in.at, scan::kUriParam))
      ++in.at;
    uri.params = Cursor::view(start, in.at);
  }
  if (in.take('?')) uri.headers = in.run(scan::kUriParam);
  return in.done();
}

bool read_sip(std::string_view text, Uri& uri) {
  // The user part may hold ';' and '?', so the '@' decides first. It stands nowhere else unescaped.
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    if (!read_userinfo(text.substr(0, at), uri)) return false;
    text.remove_prefix(at + 1);
    if (text.find('@') != std::string_view::npos) return false;
  }
  Cursor in(text);
  if (!text.empty() && scan::is_blank(text.front())) return false;
  return scan::read_host_port(in, uri.host, uri.port) && read_tail(in, uri);
}

bool is_telephone_char(char c) {
  return scan::is(c, scan::kHex) || std::string_view("-.()+*#").find(c) != std::string_view::npos;
}

bool read_tel(std::string_view text, Uri& uri) {
  Cursor in(text);
  while (!in.done() && is_telephone_char(*in.at))
    ++in.at;
  uri.user = Cursor::view(text.data(), in.at);
  return !uri.user.empty() && read_tail(in, uri);
}

}  // namespace

std::optional<Uri> Uri::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto scheme = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  // Blanks are legal around a port in Via, whose reader is shared; in a URI never.
  if (text.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  Uri uri;
  bool read = false;
  if (iequals(scheme, "sip")) {
    read = read_sip(text, uri);
  } else if (iequals(scheme, "sips")) {
    uri.scheme = Scheme::Sips;
    read = read_sip(text, uri);
  } else if (iequals(scheme, "tel")) {
    uri.scheme = Scheme::Tel;
    read = read_tel(text, uri);
  }
  if (!read) return std::nullopt;
  return uri;
}

std::optional<std::string_view> Uri::param(std::string_view name) const {
  for (std::string_view rest = params; !rest.empty();) {
    const auto end = rest.find(';');
    const auto param = rest.substr(0, end);
    const auto equals = param.find('=');
    if (iequals(param.substr(0, equals), name))
      return equals == std::string_view::npos ? std::string_view{} : param.substr(equals + 1);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return std::nullopt;
}

std::optional<std::string> Uri::telephone() const {
  std::string number;
  for (std::size_t i = 0; i < user.size() && user[i] != ';'; ++i) {
    char c = user[i];
    if (c == '%' && user.size() - i > 2) {
      const int high = hex_value(user[i + 1]);
      const int low = hex_value(user[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
      if (c == ';') break;
    }
    if (c == '-' || c == '.' || c == '(' || c == ')') continue;
    const bool belongs = is_digit(c) || c == '*' || c == '#' || (c == '+' && number.empty());
    if (!belongs || number.size() == kMaxTelephone) return std::nullopt;
    number.push_back(c);
  }
  if (number.empty() || number == "+") return std::nullopt;
  return number;
}

}  // namespace warp::sip
