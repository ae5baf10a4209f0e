// api.reference.*: pages of the reference.
#pragma once

namespace warp::app {

struct ReferenceConfig {};

}  // namespace warp::app
