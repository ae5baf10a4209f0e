#include "services.h"

namespace warp::api {

void add_spend_limits(EndpointTable&, Services&) {}

}  // namespace warp::api
