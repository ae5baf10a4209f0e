// The keys of the configuration file, each bound to its member of `config`.
#pragma once

#include "app/config.h"
#include "app/config_schema.h"

namespace warp::app {

std::vector<Key> keys_of(Config& config);

// Faults that need more than one key to see (a range turned round, half a TLS pair).
std::vector<ConfigFault> cross_check(const Config& config, const std::string& file);

struct LoadedConfig {
  Config config;
  std::vector<ConfigFault> faults;  // not empty: do not start
};
LoadedConfig load_config(const std::string& file);

// Keys whose values differ between two configurations, split by whether SIGHUP applies them.
struct ConfigChanges {
  std::vector<std::string> live, restart;
};
ConfigChanges compare(Config& before, Config& after);

}  // namespace warp::app
