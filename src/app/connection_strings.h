// The libpq connection strings of the configuration, with the password from its secret.
#pragma once

#include <string>

#include "app/config.h"

namespace warp::app {

std::string conninfo(const Config& config);
std::string migration_conninfo(const Config& config);

}  // namespace warp::app
