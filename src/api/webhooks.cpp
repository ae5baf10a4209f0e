// Webhook endpoints.
#include "services.h"

namespace warp::api {

void add_webhooks(EndpointTable&, Services&) {}

}  // namespace warp::api
