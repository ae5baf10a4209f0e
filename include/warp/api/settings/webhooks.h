// WebhookSettings: webhook endpoints. Defaults stand here.
#pragma once

namespace warp::api {

struct WebhookSettings {};

}  // namespace warp::api
