// The users of a customer and their roles.
#include "services.h"

namespace warp::api {

void add_members(EndpointTable&, Services&) {}

}  // namespace warp::api
