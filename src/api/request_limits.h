// RequestLimits: how many requests a credential and a customer may make, over all nodes when Redis is there;
// each node by itself when it is away or late. Metric: warp_api_limit_fallbacks_total.
#pragma once

#include "warp/api/rate_limiter.h"
#include "warp/base/metrics.h"

#include "services.h"
#include "shared_limiter.h"

namespace warp::api {

class RequestLimits {
 public:
  RequestLimits(Services& services, metrics::Registry& metrics);

  // Takes `cost` from every bucket that the principal has; the verdict is the scarcest one's.
  boost::asio::awaitable<RateVerdict> take(const Principal& principal, std::uint32_t cost);

 private:
  RateVerdict take_here(const Principal& principal, std::uint32_t cost);
  Services& services_;
  SharedLimiter shared_;
  RateLimiter credentials_, customers_;  // of this node
  metrics::Counter& fallbacks_;
};

}  // namespace warp::api
