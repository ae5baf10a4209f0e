// ReferenceSettings: the pages of the reference. Defaults stand here.
#pragma once

namespace warp::api {

struct ReferenceSettings {};

}  // namespace warp::api
