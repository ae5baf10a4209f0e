#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> porting_keys(Config&) {
  return {};
}

void check_porting(const Config&, const std::string&, std::vector<ConfigFault>&) {}

void tell_porting(const Config&, api::Settings&) {}

}  // namespace warp::app
