// A node as JSON: for answers, and for those who watch.
#pragma once

#include "warp/api/json.h"
#include "warp/store/nodes.h"

namespace warp::api {

Json to_json(const store::Node& node);

}  // namespace warp::api
