#include "services.h"

namespace warp::api {

void add_route_rules(EndpointTable&, Services&) {}

}  // namespace warp::api
