// ProviderLoad: how full the providers are, for a decision: of their channels, by what the limits count.
#pragma once

#include "warp/calls/limits.h"
#include "warp/routing/query.h"
#include "warp/routing/snapshot.h"

namespace warp::calls {

class ProviderLoad final : public routing::LoadView {
 public:
  ProviderLoad(const Limits& limits, const routing::Snapshot& snapshot)
      : limits_(limits), snapshot_(snapshot) {}

  // 0 of a provider without a limit.
  std::uint8_t percent_used(ProviderId provider) const override;

 private:
  const Limits& limits_;
  const routing::Snapshot& snapshot_;
};

}  // namespace warp::calls
