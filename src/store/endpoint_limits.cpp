#include "warp/store/endpoint_limits.h"

#include <unordered_map>

#include "support.h"

namespace warp::store {

using namespace std::chrono_literals;

const pg::Query kCatalogueEndpointLimits{"store.catalogue.endpoint_limits",
                                         "SELECT id, cps, channels FROM routing.provider_endpoints WHERE "
                                         "enabled AND (cps IS NOT NULL OR channels IS NOT NULL)",
                                         30s};

namespace {

constexpr pg::Query kGetEndpointLimit{
    "store.endpoint_limits.get",
    "SELECT id, cps, channels FROM routing.provider_endpoints WHERE provider_id = $1 AND id = $2"};
constexpr pg::Query kSetEndpointLimit{
    "store.endpoint_limits.set",
    "UPDATE routing.provider_endpoints SET cps = $3::integer, channels = $4::integer "
    "WHERE provider_id = $1 AND id = $2 RETURNING id, cps, channels"};

}  // namespace

void read_endpoint_limits(pg::RowReader& row, EndpointLimits& out) {
  row.next(out.endpoint);
  row.next(out.cps);
  row.next(out.channels);
}

void set_limits(domain::Catalogue& catalogue, const std::vector<EndpointLimits>& limits) {
  if (limits.empty()) return;
  std::unordered_map<std::int64_t, const EndpointLimits*> by_endpoint;
  for (const auto& one : limits)
    by_endpoint[one.endpoint] = &one;
  for (auto& provider : catalogue.providers)
    for (auto& endpoint : provider.endpoints)
      if (const auto found = by_endpoint.find(endpoint.id); found != by_endpoint.end()) {
        endpoint.cps = found->second->cps;
        endpoint.channels = found->second->channels;
      }
}

Task<EndpointLimits> EndpointLimitsRepository::get(Actor actor, ProviderId provider, std::int64_t endpoint) {
  return ask_one<EndpointLimits>(pool_, scope_of(actor), kGetEndpointLimit,
                                 pg::Params::of(provider, endpoint), read_endpoint_limits);
}

Task<EndpointLimits> EndpointLimitsRepository::set(Actor actor, ProviderId provider, EndpointLimits limits) {
  auto params = pg::Params::of(provider, limits.endpoint, limits.cps, limits.channels);
  return ask_one<EndpointLimits>(pool_, scope_of(actor), kSetEndpointLimit, std::move(params),
                                 read_endpoint_limits);
}

}  // namespace warp::store
