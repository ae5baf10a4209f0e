#include "services.h"

namespace warp::api {

void add_quality(EndpointTable&, Services&) {}

}  // namespace warp::api
