#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> identity_keys(Config&) {
  return {};
}

void check_identity(const Config&, const std::string&, std::vector<ConfigFault>&) {}

void tell_identity(const Config&, api::Settings&) {}

}  // namespace warp::app
