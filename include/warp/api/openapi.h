// The OpenAPI 3.0.3 document, made from the same table that the server serves.
//
// Beyond the standard, of each operation: `x-scope`, `x-operators-only`, `x-step-up`, `x-idempotency`,
// `x-websocket`. Client generators, warpctl and the tests' check of answers all read this document.
#pragma once

#include <string>

#include "warp/api/endpoint.h"

namespace warp::api {

Json openapi(const EndpointTable& endpoints, const std::string& version);
// "/trunks/{trunk_id:uuid}" → "/trunks/{trunk_id}"
std::string plain_path(std::string_view pattern);
// "get_trunks_trunk_id": stable as long as method and path are.
std::string operation_id(const Endpoint& endpoint);

}  // namespace warp::api
