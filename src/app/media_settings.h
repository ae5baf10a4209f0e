// The media engine's settings out of the configuration.
#pragma once

#include "warp/media/settings.h"

#include "app/config.h"

namespace warp::app {

media::Settings media_settings(const Config& config);

}  // namespace warp::app
