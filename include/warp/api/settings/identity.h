// IdentitySettings: signing in: how long sessions last, what passwords must be. Defaults stand here.
#pragma once

namespace warp::api {

struct IdentitySettings {};

}  // namespace warp::api
