// LiveCounters: the API's view of the calls in progress.
#pragma once

#include "warp/api/live_state.h"
#include "warp/calls/limits.h"

namespace warp::app {

class LiveCounters final : public api::LiveState {
 public:
  explicit LiveCounters(const calls::Limits& limits) : limits_(limits) {}

  std::optional<api::TrunkLoad> trunk(TrunkId trunk) const override {
    api::TrunkLoad load;
    load.channels_inbound = limits_.trunk_channels(trunk, domain::Direction::Inbound);
    load.channels_outbound = limits_.trunk_channels(trunk, domain::Direction::Outbound);
    return load;
  }

 private:
  const calls::Limits& limits_;
};

}  // namespace warp::app
