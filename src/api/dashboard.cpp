// Headline counts.
#include "services.h"

namespace warp::api {

void add_dashboard(EndpointTable&, Services&) {}

}  // namespace warp::api
