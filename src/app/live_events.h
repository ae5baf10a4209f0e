// From rows of the outbox to what those who watch are told.
#pragma once

#include <vector>

#include "warp/live/event.h"
#include "warp/store/outbox.h"

namespace warp::app {

// Each for its topic: `events` has all that webhooks have; `trunks` and `messages` have theirs besides. Pure.
std::vector<live::Event> live_events_of(const store::OutboxRow& row);

}  // namespace warp::app
