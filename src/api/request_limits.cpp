#include "request_limits.h"

namespace warp::api {

RequestLimits::RequestLimits(Services& services)
    : services_(services), here_(services.settings.key_rate, services.settings.remembered) {}

boost::asio::awaitable<RateVerdict> RequestLimits::take(const Principal& principal, std::uint32_t) {
  co_return here_.take(principal.actor(), services_.clock.now());
}

}  // namespace warp::api
