// RequestLimits: how many requests a credential and a customer may make, over all nodes when Redis is there.
#pragma once

#include "warp/api/rate_limiter.h"

#include "services.h"

namespace warp::api {

class RequestLimits {
 public:
  explicit RequestLimits(Services& services);

  // Takes `cost` from every bucket that the principal has; the verdict is the scarcest one's.
  boost::asio::awaitable<RateVerdict> take(const Principal& principal, std::uint32_t cost);

 private:
  Services& services_;
  RateLimiter here_;  // of this node
};

}  // namespace warp::api
