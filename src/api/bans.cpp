#include "services.h"

namespace warp::api {

void add_bans(EndpointTable&, Services&) {}

}  // namespace warp::api
