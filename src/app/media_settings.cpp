#include "app/media_settings.h"

#include <algorithm>

namespace warp::app {
namespace {

std::size_t place_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

std::vector<std::string> media_networks(const Config& config) {
  std::vector<std::string> names;
  for (const auto& interface : config.media.interfaces)
    if (place_of(names, interface.name) == names.size()) names.push_back(interface.name);
  return names;
}

std::vector<std::uint8_t> networks_of_listeners(const Config& config) {
  const auto names = media_networks(config);
  std::vector<std::uint8_t> networks;
  const auto add = [&](bool streams) {
    for (const auto& listener : config.sip.listeners)
      if (domain::is_stream(listener.transport) == streams)
        networks.push_back(listener.media.empty()
                               ? std::uint8_t{0}
                               : static_cast<std::uint8_t>(place_of(names, listener.media)));
  };
  add(false);  // sip::SipTransports numbers those of UDP first
  add(true);
  return networks;
}

media::Settings media_settings(const Config& config) {
  media::Settings settings;
  const auto names = media_networks(config);
  settings.further.resize(std::max<std::size_t>(names.size(), 1) - 1);
  for (const auto& interface : config.media.interfaces) {
    const std::size_t network = place_of(names, interface.name);
    auto& v4 = network == 0 ? settings.v4 : settings.further[network - 1].v4;
    auto& v6 = network == 0 ? settings.v6 : settings.further[network - 1].v6;
    (interface.bind.v6 ? v6 : v4) =
        media::Interface{interface.bind, interface.advertise.value_or(interface.bind)};
  }
  settings.port_low = static_cast<std::uint16_t>(config.media.port_from);
  settings.port_high = static_cast<std::uint16_t>(config.media.port_to);
  settings.workers = config.media.workers;
  settings.reuse_delay = config.media.port_reuse_delay;
  settings.prebound_pairs = config.media.ready_pairs / config.media.workers;
  const auto& quality = config.media.quality;
  settings.quality = {quality.stretch, quality.one_way_after, quality.silent_after};
  settings.coalesce = std::chrono::microseconds(config.media.coalesce_us);
  settings.realtime_priority = config.media.realtime_priority;
  settings.kernel = config.media.kernel;
  settings.identity_file = config.records.journal_dir + "/media-identity.pem";
  return settings;
}

}  // namespace warp::app
