#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> rating_keys(Config&) {
  return {};
}

void check_rating(const Config&, const std::string&, std::vector<ConfigFault>&) {}

}  // namespace warp::app
