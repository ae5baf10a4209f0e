#include "services.h"

namespace warp::api {

void add_jobs(EndpointTable&, Services&) {}

}  // namespace warp::api
