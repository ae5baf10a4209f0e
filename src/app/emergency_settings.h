// What emergency.* of the configuration says, as the call engine wants it.
#pragma once

#include "warp/base/result.h"
#include "warp/calls/settings.h"

#include "app/config.h"

namespace warp::app {

struct EmergencyFault {
  std::string key, problem, cure;
};
Result<calls::EmergencySettings, EmergencyFault> emergency_settings(const Config& config);

}  // namespace warp::app
