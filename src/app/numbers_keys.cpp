#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> numbers_keys(Config&) {
  return {};
}

void check_numbers(const Config&, const std::string&, std::vector<ConfigFault>&) {}

}  // namespace warp::app
