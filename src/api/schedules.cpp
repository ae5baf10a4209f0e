#include "services.h"

namespace warp::api {

void add_schedules(EndpointTable&, Services&) {}

}  // namespace warp::api
