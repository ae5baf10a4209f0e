// Which scope an endpoint of the operators needs, when it does not say so itself.
#pragma once

#include "warp/api/endpoint.h"

namespace warp::api {

// By path and method; kSuperadmin where no row fits.
std::string_view operator_scope(const Endpoint& endpoint);

}  // namespace warp::api
