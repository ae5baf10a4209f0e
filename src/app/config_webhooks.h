// webhooks.*: events to web servers.
#pragma once

namespace warp::app {

struct WebhooksConfig {};

}  // namespace warp::app
