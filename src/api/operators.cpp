// The operators' own users.
#include "services.h"

namespace warp::api {

void add_operators(EndpointTable&, Services&) {}

}  // namespace warp::api
