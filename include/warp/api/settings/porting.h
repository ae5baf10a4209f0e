// PortingSettings: numbers that are bought and ported. Defaults stand here.
#pragma once

namespace warp::api {

struct PortingSettings {};

}  // namespace warp::api
