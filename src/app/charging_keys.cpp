#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> charging_keys(Config&) {
  return {};
}

void check_charging(const Config&, const std::string&, std::vector<ConfigFault>&) {}

}  // namespace warp::app
