#include "warp/base/text.h"

#include "scan.h"

namespace warp::sip {
namespace scan {
namespace {

// "scheme:something" without bytes that would end it elsewhere. What the scheme means is the caller's
// business.
bool is_absolute_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const char first = ascii_lower(text[0]);
  return first >= 'a' && first <= 'z' && is_token(text.substr(0, colon)) && all(text, kUriParam);
}

bool read_angled(Cursor& in, std::string_view& uri) {
  const char* start = ++in.at;
  while (!in.done() && is(*in.at, kUriParam))
    ++in.at;
  uri = Cursor::view(start, in.at);
  return in.take('>') && is_absolute_uri(uri);
}

// Without angle brackets ';' and ',' end the URI and '?' may not stand in it (RFC 3261 §20.10).
bool read_addr_spec(Cursor& in, std::string_view& uri) {
  uri = in.run(kParam);
  return is_absolute_uri(uri) && uri.find('?') == std::string_view::npos;
}

// An unquoted display name may hold more than tokens in the field (dots, UTF-8); never what separates.
bool read_display(Cursor& in, std::string_view& display) {
  if (in.sees('"')) {
    if (!in.quoted(display)) return false;
    in.blanks();
    return in.sees('<');
  }
  Cursor ahead = in;
  while (!ahead.done() && (is(*ahead.at, kParam) || is_blank(*ahead.at)))
    ++ahead.at;
  if (!ahead.sees('<')) return true;
  display = trim(Cursor::view(in.at, ahead.at));
  in = ahead;
  return true;
}

bool read_params(Cursor& in, NameAddr& out) {
  in.blanks();
  const char* start = in.at;
  for (Param param;;) {
    switch (next_param(in, param)) {
      case Step::End:
        if (!in.done() && !in.sees(',')) return false;
        out.params = trim(Cursor::view(start, in.at));
        return true;
      case Step::Bad:
        return false;
      case Step::Taken:
        if (!iequals(param.name, "tag")) break;
        if (!out.tag.empty()) return false;
        out.tag = param.value;
    }
  }
}

}  // namespace

bool read_name_addr(Cursor& in, NameAddr& out) {
  in.blanks();
  if (!read_display(in, out.display)) return false;
  const bool read = in.sees('<') ? read_angled(in, out.uri) : read_addr_spec(in, out.uri);
  return read && read_params(in, out);
}

}  // namespace scan

std::optional<NameAddr> parse_name_addr(std::string_view value) {
  scan::Cursor in(value);
  NameAddr parsed;
  if (!scan::read_name_addr(in, parsed)) return std::nullopt;
  return parsed;
}

std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> elements;
  for (std::string_view element; scan::next_element(value, element);)
    if (!element.empty()) elements.push_back(element);
  return elements;
}

}  // namespace warp::sip
