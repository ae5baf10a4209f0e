// A Principal as text, for tickets: what was proven once is taken over a moment later, on any node.
#pragma once

#include <optional>

#include "warp/api/json.h"
#include "warp/api/principal.h"

namespace warp::api {

Json to_json(const Principal& principal);
// nullopt: not made by to_json().
std::optional<Principal> principal_of(const Json& value);

}  // namespace warp::api
