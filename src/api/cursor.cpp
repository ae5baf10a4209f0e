#include "warp/api/cursor.h"

#include "warp/stir/base64url.h"

namespace warp::api {
namespace {

constexpr std::size_t kLongestCursor = 1024, kMostValues = 8;

}  // namespace

std::string make_cursor(const Json& place) {
  return stir::to_base64url(dump(place));
}

std::optional<Json> read_cursor(std::string_view text) {
  if (text.empty() || text.size() > kLongestCursor) return std::nullopt;
  const auto octets = stir::from_base64url(text);
  if (!octets) return std::nullopt;
  auto place = parse_json(*octets);
  if (!place || !place->is_array() || place->empty() || place->size() > kMostValues) return std::nullopt;
  for (const auto& value : *place)
    if (value.is_structured()) return std::nullopt;
  return place;
}

}  // namespace warp::api
