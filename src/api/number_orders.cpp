// Numbers that are bought and routed: assign, bulk-assign, bulk-route.
#include "services.h"

namespace warp::api {

void add_number_orders(EndpointTable&, Services&) {}

}  // namespace warp::api
