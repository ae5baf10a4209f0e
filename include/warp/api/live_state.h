// LiveState: what the API asks of the calls in progress. Implemented in `app` over the call engine.
#pragma once

#include <cstdint>
#include <optional>

#include "warp/base/uuid.h"

namespace warp::api {

struct TrunkLoad {
  std::optional<std::uint32_t> cps_inbound, cps_outbound;
  std::optional<std::uint32_t> channels_inbound, channels_outbound;
};

class LiveState {
 public:
  virtual ~LiveState() = default;
  // nullopt: the counters cannot be read. Any thread; must not block.
  virtual std::optional<TrunkLoad> trunk(TrunkId trunk) const = 0;
};

class NoLiveState final : public LiveState {
 public:
  std::optional<TrunkLoad> trunk(TrunkId) const override { return std::nullopt; }
};

}  // namespace warp::api
