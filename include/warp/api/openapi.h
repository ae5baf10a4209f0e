// The OpenAPI 3.0.3 document, made from the same table that the server serves.
#pragma once

#include <string>

#include "warp/api/endpoint.h"

namespace warp::api {

Json openapi(const EndpointTable& endpoints, const std::string& version);
// "/trunks/{trunk_id:uuid}" → "/trunks/{trunk_id}"
std::string plain_path(std::string_view pattern);

}  // namespace warp::api
