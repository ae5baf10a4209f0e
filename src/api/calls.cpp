// Calls in progress.
#include "services.h"

namespace warp::api {

void add_calls(EndpointTable&, Services&) {}

}  // namespace warp::api
