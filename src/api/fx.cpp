#include "services.h"

namespace warp::api {

void add_fx(EndpointTable&, Services&) {}

}  // namespace warp::api
