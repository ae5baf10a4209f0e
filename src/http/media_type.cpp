#include "warp/http/media_type.h"

#include <algorithm>

#include "warp/base/text.h"

namespace warp::http {

std::string media_type(std::string_view header) {
  const auto text = trim(header.substr(0, header.find(';')));
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() || text.size() > 127)
    return {};
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) ||
           std::string_view("!#$&^_.+-").find(c) != std::string_view::npos;
  };
  std::string out;
  for (const char c : text)
    out += ascii_lower(c);
  const auto edge = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
  const auto part_fits = [&](std::string_view part) {
    return edge(part.front()) && std::all_of(part.begin(), part.end(), allowed);
  };
  const auto both = std::string_view(out);
  if (!part_fits(both.substr(0, slash)) || !part_fits(both.substr(slash + 1))) return {};
  return out;
}

}  // namespace warp::http
