// porting.*: port requests, entity checks, the stock of numbers.
#pragma once

namespace warp::app {

struct PortingConfig {};

}  // namespace warp::app
