// The media engine's settings out of the configuration.
#pragma once

#include "warp/media/settings.h"

#include "app/config.h"

namespace warp::app {

media::Settings media_settings(const Config& config);

// Names of media.interfaces in their order: those of one name are one network
// (domain::MediaSidePolicy::network).
std::vector<std::string> media_networks(const Config& config);
// The network of each listener's legs, in the order that sip::Flow numbers listeners in.
std::vector<std::uint8_t> networks_of_listeners(const Config& config);

}  // namespace warp::app
