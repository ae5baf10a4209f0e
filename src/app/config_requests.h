// api.*: limits of customers, idempotency, compression.
#pragma once

#include <chrono>
#include <cstdint>

namespace warp::app {

struct RequestsConfig {
  std::uint32_t customer_requests_per_second = 1000;
  bool gzip = true;
  std::chrono::seconds idempotency_keep{7 * 24 * 3600};
};

}  // namespace warp::app
