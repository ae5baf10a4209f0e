// What the Redis client is told by the configuration.
#pragma once

#include "warp/redis/client.h"

#include "app/config.h"

namespace warp::app {

// Throws when the URL cannot be used, which cross_check() has ruled out.
redis::Settings redis_settings(const Config& config);

}  // namespace warp::app
