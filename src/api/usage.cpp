#include "services.h"

namespace warp::api {

void add_usage(EndpointTable&, Services&) {}

}  // namespace warp::api
