// How far a port request is: progress, statistics, history, notes.
#include "services.h"

namespace warp::api {

void add_port_tracking(EndpointTable&, Services&) {}

}  // namespace warp::api
