// live.*: what happens now.
#pragma once

#include <chrono>
#include <cstdint>

namespace warp::app {

struct LiveConfig {
  std::uint32_t connections = 512;
  std::uint32_t customer_connections = 32;
  std::chrono::milliseconds calls_interval{200};
};

}  // namespace warp::app
