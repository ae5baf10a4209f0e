// LiveSettings: what happens now. Defaults stand here.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace warp::api {

struct LiveSettings {
  std::size_t connections = 512;          // of those who watch
  std::size_t customer_connections = 32;  // of one customer
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::milliseconds recheck{30'000};  // of who they are and what they may
  std::chrono::milliseconds tick{1'000};      // between looks at counters
  std::chrono::seconds ticket_life{30};
  // How long somebody may stay whose token cannot be asked about again.
  std::chrono::seconds token_stay{15 * 60};
};

}  // namespace warp::api
