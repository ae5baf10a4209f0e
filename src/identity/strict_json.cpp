#include "strict_json.h"

#include <set>
#include <string>
#include <vector>

namespace warp::identity {
namespace {

using Json = nlohmann::json;

// Looks at each piece while it is parsed.
struct Watch {
  bool piece(int at, Json::parse_event_t event, const Json& value) {
    switch (event) {
      case Json::parse_event_t::object_start:
        names.emplace_back();
        break;
      case Json::parse_event_t::object_end:
        names.pop_back();
        break;
      case Json::parse_event_t::key:
        broken |= !names.back().insert(value.get<std::string>()).second;
        break;
      case Json::parse_event_t::value:
        broken |= value.is_string() && value.get_ref<const std::string&>().find('\0') != std::string::npos;
        break;
      case Json::parse_event_t::array_start:
      case Json::parse_event_t::array_end:
        break;
    }
    broken |= at > deepest;
    return true;
  }
  const int deepest;
  bool broken = false;
  std::vector<std::set<std::string>> names = {};
};

}  // namespace

std::optional<Json> parse_object(std::string_view text, int depth) {
  Watch watch{depth};
  auto parsed = Json::parse(
      text,
      [&watch](int at, Json::parse_event_t event, Json& value) { return watch.piece(at, event, value); },
      false);
  if (parsed.is_discarded() || !parsed.is_object() || watch.broken) return std::nullopt;
  return parsed;
}

}  // namespace warp::identity
