// Are the addresses that signalling and media are to be bound on this machine's?
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_schema.h"

namespace warp::app {

// Binds each for a moment, on a port of the kernel's choice, so that a daemon that runs is not in the way.
std::vector<ConfigFault> check_local_addresses(const Config& config, const std::string& file);

}  // namespace warp::app
