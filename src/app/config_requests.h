// api.*: limits of customers, idempotency, compression.
#pragma once

namespace warp::app {

struct RequestsConfig {};

}  // namespace warp::app
