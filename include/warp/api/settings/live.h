// LiveSettings: what happens now. Defaults stand here.
#pragma once

namespace warp::api {

struct LiveSettings {};

}  // namespace warp::api
