#include "request_limits.h"

namespace warp::api {
namespace {

constexpr std::string_view kCredential = "credential", kCustomer = "customer";

SharedLimiter::Settings settings_of(const Settings& settings) {
  SharedLimiter::Settings out;
  out.wait = settings.requests.shared_wait;
  out.lease = settings.requests.lease;
  out.lease_tokens = settings.requests.lease_tokens;
  out.remembered = settings.remembered;
  return out;
}

}  // namespace

RequestLimits::RequestLimits(Services& services, metrics::Registry& metrics)
    : services_(services),
      shared_(settings_of(services.settings), services.clock),
      credentials_(services.settings.key_rate, services.settings.remembered, kCredential),
      customers_(services.settings.customer_rate, services.settings.remembered, kCustomer),
      fallbacks_(
          metrics.counter("warp_api_limit_fallbacks_total",
                          "Requests whose limit this node judged alone since Redis was away or late.")) {}

RateVerdict RequestLimits::take_here(const Principal& principal, std::uint32_t cost) {
  const auto now = services_.clock.now();
  const auto own = credentials_.take(principal.actor(), now, cost);
  if (!own.allowed || !principal.customer) return own;
  const auto all = customers_.take(principal.customer->to_string(), now, cost);
  return !all.allowed || all.remaining < own.remaining ? all : own;
}

boost::asio::awaitable<RateVerdict> RequestLimits::take(const Principal& principal, std::uint32_t cost) {
  auto* client = services_.ports.redis;
  if (!client || !services_.settings.requests.shared_limits) co_return take_here(principal, cost);
  std::vector<SharedLimiter::Bucket> buckets;
  buckets.push_back({"warp:limit:" + principal.actor(), services_.settings.key_rate, kCredential});
  if (principal.customer)
    buckets.push_back({"warp:limit:customer:" + principal.customer->to_string(),
                       services_.settings.customer_rate, kCustomer});
  RedisBuckets store(*client);
  const auto verdict = co_await shared_.take(store, std::move(buckets), cost);
  if (verdict) co_return *verdict;
  fallbacks_.add();
  co_return take_here(principal, cost);
}

}  // namespace warp::api
