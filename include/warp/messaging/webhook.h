// Webhooks as Standard Webhooks 1.0 signs them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/domain/message_store.h"
#include "warp/messaging/ports.h"

namespace warp::messaging {

// "v1,<base64 of HMAC-SHA256>" over "id.timestamp.body". `secret`: "whsec_" and base64, or octets as they
// are.
std::string sign_webhook(std::string_view id, std::int64_t timestamp, std::string_view body,
                         std::string_view secret);

// The POST of a delivery, with webhook-id (the same for every try), webhook-timestamp and webhook-signature.
Webhook make_webhook(const domain::Delivery& delivery, std::string_view secret, WallTime now);

}  // namespace warp::messaging
