// ReferenceSettings: the pages of the reference. Defaults stand here.
#pragma once

#include <string>

namespace warp::api {

struct ReferenceSettings {
  bool enabled = true;  // /docs and what is below it
  std::string folder;   // holds rapidoc-min.js; without it the pages are plain tables
};

}  // namespace warp::api
