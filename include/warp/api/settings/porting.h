// PortingSettings: numbers that are bought and ported. Defaults stand here.
#pragma once

#include <string>

namespace warp::api {

struct PortingSettings {
  std::string company = "WARP";  // who gets the numbers, in letters of authorisation
};

}  // namespace warp::api
