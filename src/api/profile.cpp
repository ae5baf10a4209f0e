// Who one is: /auth/profile.
#include "services.h"

namespace warp::api {

void add_profile(EndpointTable&, Services&) {}

}  // namespace warp::api
