// The media engine's settings out of the configuration.
#pragma once

#include "app/config.h"
#include "warp/media/settings.h"

namespace warp::app {

media::Settings media_settings(const Config& config);

}  // namespace warp::app
