// The PIN without which a number does not leave.
#include "services.h"

namespace warp::api {

void add_port_out_pins(EndpointTable&, Services&) {}

}  // namespace warp::api
