// EventType: everything that those outside may be told of, by webhooks and live. docs/api/events.md describes
// each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp::domain {

struct EventType {
  std::string_view name;         // "call.completed": what it is about, a dot, what happened
  std::string_view description;  // one sentence
  std::string_view example;      // of its data: a JSON object
};
std::span<const EventType> event_types();
const EventType* event_type(std::string_view name);  // null: none of that name

// What an endpoint asks for: a name, "call.*" or "*".
bool is_event_filter(std::string_view text);
bool wants(const std::vector<std::string>& filters, std::string_view type);

// What a webhook's body is, octet by octet the same for each try. `data`: a JSON object.
std::string event_body(const Uuid& id, std::string_view type, std::optional<CustomerId> customer, WallTime at,
                       std::string_view data);

}  // namespace warp::domain
