// live.*: what happens now.
#pragma once

namespace warp::app {

struct LiveConfig {};

}  // namespace warp::app
