// api.reference.*: pages of the reference.
#pragma once

#include <string>

namespace warp::app {

struct ReferenceConfig {
  bool enabled = true;
  std::string folder;
};

}  // namespace warp::app
