// identity.*: signing in, second factors, identity providers.
#pragma once

namespace warp::app {

struct IdentityConfig {};

}  // namespace warp::app
