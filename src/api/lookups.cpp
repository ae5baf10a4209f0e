#include "services.h"

namespace warp::api {

void add_lookups(EndpointTable&, Services&) {}

}  // namespace warp::api
