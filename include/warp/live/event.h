// Event: something that happened, with its place in its topic.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/live/topic.h"

namespace warp::live {

// A place in a topic; as text "<first>-<second>", opaque to clients.
struct Place {
  std::uint64_t first = 0, second = 0;
  friend auto operator<=>(const Place&, const Place&) = default;

  std::string to_string() const;
  static std::optional<Place> parse(std::string_view text);
};

struct Event {
  Topic topic = Topic::Events;
  Place place;
  std::string type;  // "trunk.updated", "call.answered"
  WallTime at{};
  std::optional<CustomerId> customer;  // none: operators alone
  std::string key;                     // the trunk's id where there is one, else the object's
  std::string data;                    // a JSON object
};

// What a subscriber wants of a topic.
struct Filter {
  Topic topic = Topic::Events;
  std::optional<CustomerId> customer = {};  // none: of all, and of nobody
  std::string key = {};                     // empty: any
  std::string type = {};                    // empty: any
};
bool passes(const Filter& filter, const Event& event);

}  // namespace warp::live
