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

// The endpoints of the owner whom the path names, each as `show` has it.
template <class Kind, class Show>
Answer list_with(Services& services, Call call, Show show) {
  const auto owner = call.id<typename Kind::Id>(Kind::kOwner);
  const auto found = co_await Kind::repository(services).list(call.actor(), owner);
  if (!found) co_return from_store(found.error(), "endpoint");
  co_return list_reply(*found, std::move(show));
}

}  // namespace warp::api
