// The nodes of the platform.
#include "services.h"

namespace warp::api {

void add_nodes(EndpointTable&, Services&) {}

}  // namespace warp::api
