// The client's metrics, looked up once.
#pragma once

#include <array>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/redis/error.h"

namespace warp::redis {

class ClientMetrics {
 public:
  explicit ClientMetrics(metrics::Registry& registry);

  void answered(Monotonic began, bool refused);
  void failed(ErrorKind kind, std::size_t commands);

  metrics::Gauge &connected, &in_flight;
  metrics::Counter &reconnects, &connect_failures, &protocol_errors, &late_replies;

 private:
  metrics::Counter &ok_, &server_error_;
  std::array<metrics::Counter*, kErrorKinds> failed_;
  metrics::Histogram& seconds_;
};

}  // namespace warp::redis
