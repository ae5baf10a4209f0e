// The numbers of a port request by losing carrier: details and LOA.
#include "services.h"

namespace warp::api {

void add_port_groups(EndpointTable&, Services&) {}

}  // namespace warp::api
