// The gate before the wire: what was accepted some time ago may not leave any more, or not yet. Looked at
// when a message's turn comes, so that it holds on every path: queued, scheduled, retried, re-routed, fallen
// back, loaded after a restart.
#pragma once

#include <optional>

#include "core.h"

namespace warp::messaging {

struct Hold {
  std::optional<domain::Reason> end;  // it fails
  std::optional<WallTime> until;      // it waits
  bool none() const { return !end && !until; }
};
Hold hold_of(const Core& core, const domain::Message& message);

}  // namespace warp::messaging
