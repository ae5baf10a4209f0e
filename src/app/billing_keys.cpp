#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> billing_keys(Config&) {
  return {};
}

void check_billing(const Config&, const std::string&, std::vector<ConfigFault>&) {}

}  // namespace warp::app
