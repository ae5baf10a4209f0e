// Event: something that happened, as webhooks and live clients are told of it. The catalogue of types is
// event.cpp's; docs/api/events.md describes each.
#pragma once

#include <optional>
#include <string>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/store/outbox.h"

namespace warp::webhooks {

struct Event {
  Uuid id;                             // the same for every reader and every repeat
  std::string type;                    // "call.completed", "trunk.updated"
  std::optional<CustomerId> customer;  // none: the operator's alone
  WallTime at{};
  std::string data;  // a JSON object
};

// Pure. nullopt: a row that nobody outside is told of.
std::optional<Event> event_of(const store::OutboxRow& row);

}  // namespace warp::webhooks
