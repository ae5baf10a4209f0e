// Deliveries of webhooks as answers show them.
#pragma once

#include "warp/store/webhooks.h"

#include "services.h"

namespace warp::api {

constexpr const char* kWebhooksTag = "Webhooks";

std::vector<Field> delivery_fields();
Schema webhook_delivery_schema();
Json show_webhook_delivery(const store::WebhookDelivery& row);

// CONFLICT: nothing is told to an endpoint that is disabled.
Failure webhook_is_off();

}  // namespace warp::api
