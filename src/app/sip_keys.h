// Keys of sip.listeners, sip.tls and sip.streams.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_schema.h"

namespace warp::app {

Key listeners_key(std::string path, std::vector<Listener>& target, std::string doc);
Key tls_profiles_key(std::string path, std::vector<sip::TlsProfile>& target, std::string doc);
Key large_requests_key(std::string path, sip::LargeRequests& target, std::string doc);
std::vector<Key> stream_keys(Config& config);

// What needs more than one key to see: advertised addresses, profiles that are named and not there.
void check_sip(const Config& config, const std::string& file, std::vector<ConfigFault>& faults);

}  // namespace warp::app
