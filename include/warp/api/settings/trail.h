// TrailSettings: the audit trail. Defaults stand here.
#pragma once

namespace warp::api {

struct TrailSettings {};

}  // namespace warp::api
