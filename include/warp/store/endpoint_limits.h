// Limits of one endpoint of a provider, beside those of the provider as a whole.
#pragma once

#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct EndpointLimits {
  std::int64_t endpoint = 0;
  std::optional<std::uint32_t> cps, channels;  // 0 lets nothing through, nullopt is unlimited
};

// Operators' business. NotFound when the provider has no such endpoint.
class EndpointLimitsRepository {
 public:
  explicit EndpointLimitsRepository(pg::Pool& pool) : pool_(pool) {}
  Task<EndpointLimits> get(Actor actor, ProviderId provider, std::int64_t endpoint);
  Task<EndpointLimits> set(Actor actor, ProviderId provider, EndpointLimits limits);

 private:
  pg::Pool& pool_;
};

// For the catalogue: of all endpoints that have any.
extern const pg::Query kCatalogueEndpointLimits;
void read_endpoint_limits(pg::RowReader& row, EndpointLimits& out);
void set_limits(domain::Catalogue& catalogue, const std::vector<EndpointLimits>& limits);

}  // namespace warp::store
