// audit.*: how long the audit trail is kept.
#pragma once

namespace warp::app {

struct TrailConfig {};

}  // namespace warp::app
