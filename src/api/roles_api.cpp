// Roles of a customer.
#include "services.h"

namespace warp::api {

void add_roles(EndpointTable&, Services&) {}

}  // namespace warp::api
