#include "services.h"

namespace warp::api {

void add_rerates(EndpointTable&, Services&) {}

}  // namespace warp::api
