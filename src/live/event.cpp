#include "warp/live/event.h"

#include "warp/base/checked.h"

namespace warp::live {

std::string Place::to_string() const {
  return std::to_string(first) + "-" + std::to_string(second);
}

std::optional<Place> Place::parse(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const auto first = parse_number<std::uint64_t>(text.substr(0, dash));
  const auto second = parse_number<std::uint64_t>(text.substr(dash + 1));
  if (!first || !second) return std::nullopt;
  return Place{*first, *second};
}

bool passes(const Filter& filter, const Event& event) {
  return filter.topic == event.topic && (!filter.customer || filter.customer == event.customer) &&
         (filter.key.empty() || filter.key == event.key) &&
         (filter.type.empty() || filter.type == event.type);
}

}  // namespace warp::live
