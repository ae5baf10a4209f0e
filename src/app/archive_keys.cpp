#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> archive_keys(Config&) {
  return {};
}

void check_archive(const Config&, const std::string&, std::vector<ConfigFault>&) {}

}  // namespace warp::app
