// porting.*: port requests, entity checks, the stock of numbers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/secret.h"

namespace warp::app {

struct PortingConfig {
  std::string company = "WARP";  // in letters of authorisation
  std::string own_spid = "WARP";
  std::chrono::milliseconds interval{5'000};
  struct Embedded {
    bool automatic = false;
    std::chrono::seconds step{30};
    std::uint32_t business_days = 3;
  } embedded;
  struct Provider {
    std::string url;  // empty: the platform's own desk
    Secret token;
    std::chrono::milliseconds timeout{10'000};
    std::string ca_file;  // empty: the system's
  } tniq, tincomply;
  std::chrono::seconds poll_interval{60};
};

}  // namespace warp::app
