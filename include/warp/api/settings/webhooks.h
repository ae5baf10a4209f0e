// WebhookSettings: webhook endpoints. Defaults stand here.
#pragma once

namespace warp::api {

// Which targets may be named; what a name resolves to is judged when it is called.
struct WebhookSettings {
  bool allow_http = false, allow_private = false;
};

}  // namespace warp::api
