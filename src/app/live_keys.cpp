#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> live_keys(Config&) {
  return {};
}

void check_live(const Config&, const std::string&, std::vector<ConfigFault>&) {}

void tell_live(const Config&, api::Settings&) {}

}  // namespace warp::app
