// webhooks.*: events to web servers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace warp::app {

struct WebhooksConfig {
  bool enabled = true;
  std::uint32_t at_once = 64;
  std::chrono::milliseconds timeout{15'000};
  std::string ca_file;  // empty: the system's
  bool allow_http = false, allow_private = false;
};

}  // namespace warp::app
