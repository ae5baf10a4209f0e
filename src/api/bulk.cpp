// Many changes at once, where people need it.
#include "services.h"

namespace warp::api {

void add_bulk(EndpointTable&, Services&) {}

}  // namespace warp::api
