// Numbers that move between customers of the platform.
#include "services.h"

namespace warp::api {

void add_transfers(EndpointTable&, Services&) {}

}  // namespace warp::api
