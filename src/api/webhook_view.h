// Deliveries of webhooks as answers show them.
#pragma once

#include "warp/store/webhooks.h"

#include "services.h"

namespace warp::api {

std::vector<Field> delivery_fields();
Schema delivery_schema();
Json show(const store::WebhookDelivery& row);

// CONFLICT: nothing is told to an endpoint that is disabled.
Failure webhook_is_off();

}  // namespace warp::api
