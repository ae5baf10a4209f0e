#include "json.h"

#include <algorithm>
#include <vector>

namespace warp::stir {
namespace {

// Before the parser sees it: how deep brackets go, whatever else is wrong with it.
bool too_deep(std::string_view text, int deepest) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::optional<nlohmann::json> parse_object(std::string_view text, int deepest) {
  using Json = nlohmann::json;
  if (too_deep(text, deepest)) return std::nullopt;
  bool twice = false;
  std::vector<std::vector<std::string>> members(static_cast<std::size_t>(deepest) + 2);
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    const auto level = static_cast<std::size_t>(std::max(depth, 0));
    if (event == Json::parse_event_t::object_start && level + 1 < members.size()) members[level + 1].clear();
    if (event == Json::parse_event_t::key && level < members.size()) {
      const auto& name = parsed.get_ref<const std::string&>();
      auto& seen = members[level];
      twice = twice || std::find(seen.begin(), seen.end(), name) != seen.end();
      seen.push_back(name);
    }
    return true;
  };
  Json value = Json::parse(text, watch, false);
  if (value.is_discarded() || !value.is_object() || twice) return std::nullopt;
  return value;
}

}  // namespace warp::stir
