#include "app/media_settings.h"

namespace warp::app {

media::Settings media_settings(const Config& config) {
  media::Settings settings;
  for (const auto& interface : config.media.interfaces)
    (interface.bind.v6 ? settings.v6 : settings.v4) =
        media::Interface{interface.bind, interface.advertise.value_or(interface.bind)};
  settings.port_low = static_cast<std::uint16_t>(config.media.port_from);
  settings.port_high = static_cast<std::uint16_t>(config.media.port_to);
  settings.workers = config.media.workers;
  settings.reuse_delay = config.media.port_reuse_delay;
  settings.prebound_pairs = config.media.ready_pairs / config.media.workers;
  return settings;
}

}  // namespace warp::app
