// audit.*: how long the audit trail is kept.
#pragma once

#include <chrono>

namespace warp::app {

struct TrailConfig {
  std::chrono::seconds keep{400 * 86'400};
};

}  // namespace warp::app
