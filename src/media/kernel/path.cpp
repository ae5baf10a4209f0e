#include "path.h"

#include <algorithm>

#include "kernel_metrics.h"
#include "relay_path.h"

namespace warp::media {
namespace {

std::unique_ptr<RelayPath> start_path(const KernelSettings& settings,
                                      const std::vector<domain::IpAddress>& addresses, log::Logger& log,
                                      metrics::Registry& registry, std::string& why) {
  const auto wildcard = [](const domain::IpAddress& ip) { return ip.is_unspecified(); };
  if (addresses.empty() || std::any_of(addresses.begin(), addresses.end(), wildcard)) {
    why = "media is bound to a wildcard address; name the interface's own";
    return nullptr;
  }
  auto program = KernelProgram::load(settings.pins, settings.most_flows, why);
  if (!program) return nullptr;
  auto path = std::make_unique<RelayPath>(std::move(program), addresses, log, registry);
  if (!path->begin(why)) return nullptr;
  return path;
}

}  // namespace

std::unique_ptr<KernelPath> KernelPath::start(const KernelSettings& settings,
                                              const std::vector<domain::IpAddress>& addresses,
                                              log::Logger& log, metrics::Registry& registry,
                                              std::string& why) {
  KernelMetrics{registry};  // they are there whatever comes
  if (settings.mode == KernelSettings::Mode::Off) {
    show_kernel_state(registry, KernelState::Off);
    why = "switched off";
    std::string stays;
    if (!KernelProgram::remove_leftovers(settings.pins, stays))
      log.warning("media.kernel_leftovers", {{"reason", stays}});
    return nullptr;
  }
  show_kernel_state(registry, KernelState::Unavailable);
  auto path = start_path(settings, addresses, log, registry, why);
  if (path) {
    show_kernel_state(registry, KernelState::Running);
    return path;
  }
  // Flows that nobody watches over would outlive their calls.
  if (std::string stays; !KernelProgram::remove_leftovers(settings.pins, stays))
    log.warning("media.kernel_leftovers", {{"reason", stays}});
  return nullptr;
}

}  // namespace warp::media
