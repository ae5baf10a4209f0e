// RequestSettings: manners: limits of customers, idempotency, compression. Defaults stand here.
#pragma once

namespace warp::api {

struct RequestSettings {};

}  // namespace warp::api
