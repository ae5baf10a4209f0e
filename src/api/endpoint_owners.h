// Who has endpoints: trunks and providers, as the templates of the resources below both want them.
#pragma once

#include "warp/store/endpoints.h"

#include "services.h"

namespace warp::api {

struct OfTrunk {
  using Id = TrunkId;
  static constexpr const char* kOwner = "trunk_id";
  static store::TrunkEndpointRepository& repository(Services& services) { return services.trunk_endpoints; }
};
struct OfProvider {
  using Id = ProviderId;
  static constexpr const char* kOwner = "provider_id";
  static store::ProviderEndpointRepository& repository(Services& services) {
    return services.provider_endpoints;
  }
};

}  // namespace warp::api
