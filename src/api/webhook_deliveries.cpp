// What webhook endpoints were told.
#include "services.h"

namespace warp::api {

void add_webhook_deliveries(EndpointTable&, Services&) {}

}  // namespace warp::api
