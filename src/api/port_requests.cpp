// Port requests and their life cycle.
#include "services.h"

namespace warp::api {

void add_port_requests(EndpointTable&, Services&) {}

}  // namespace warp::api
