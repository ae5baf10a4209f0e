// Paths that need no key: they prove themselves by what is in them.
#pragma once

#include "services.h"

namespace warp::api {

// /media/{token} and /callbacks/rcs/{connector_id}, not below /api/v1.
void add_open_routes(http::Router& router, Services& services);

}  // namespace warp::api
