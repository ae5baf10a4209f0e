#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> quality_keys(Config&) {
  return {};
}

void check_quality(const Config&, const std::string&, std::vector<ConfigFault>&) {}

}  // namespace warp::app
