#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> trail_keys(Config&) {
  return {};
}

void check_trail(const Config&, const std::string&, std::vector<ConfigFault>&) {}

void tell_trail(const Config&, api::Settings&) {}

}  // namespace warp::app
