#include "app/stir_unit.h"

#include <stdexcept>

namespace warp::app {
namespace {

std::unique_ptr<integrations::HttpsCertificateFetcher> make_fetcher(const Config& config,
                                                                    net::TaskGroup& tasks) {
  integrations::CertificateFetchSettings settings;
  settings.allow_private = config.stir.fetch.allow_private;
  settings.any_port = config.stir.fetch.any_port;
  settings.ca_file = config.stir.fetch.ca_file;
  settings.timeout = config.stir.fetch.timeout;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  auto fetcher = integrations::HttpsCertificateFetcher::make(std::move(settings), tasks);
  if (!fetcher) throw std::runtime_error(fetcher.error() + "; see stir.fetch.ca_file");
  return std::move(*fetcher);
}

integrations::StirMaterial load_stir_material(const Config& config) {
  auto loaded = integrations::StirMaterial::load(stir_files(config));
  if (!loaded) throw std::runtime_error(loaded.error() + "; see stir.signing and stir.trust_file");
  return std::move(*loaded);
}

integrations::StirSettings stir_settings(const Config& config) {
  integrations::StirSettings settings;
  settings.freshness = config.stir.freshness;
  return settings;
}

}  // namespace

integrations::StirFiles stir_files(const Config& config) {
  const auto& signing = config.stir.signing;
  return {signing.key_file, signing.certificate_file, signing.x5u, config.stir.trust_file};
}

StirUnit::StirUnit(const Config& config, const Needs& needs)
    : log_(needs.log),
      fetcher_(make_fetcher(config, needs.tasks)),
      service_(std::make_unique<integrations::StirService>(
          load_stir_material(config), stir_settings(config),
          integrations::StirService::Needs{*fetcher_, needs.clock, needs.metrics})) {}

void StirUnit::reload(const Config& config) {
  auto loaded = integrations::StirMaterial::load(stir_files(config));
  if (!loaded)
    return log_.error("app.stir_reload_refused",
                      {{"error", loaded.error()}, {"effect", "the keys and lists of before stay"}});
  service_->use(std::move(*loaded));
}

}  // namespace warp::app
