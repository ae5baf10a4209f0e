// LiveCounters: the API's view of the calls in progress and of who is banned.
#pragma once

#include "warp/api/live_state.h"
#include "warp/calls/guard.h"
#include "warp/calls/limits.h"

namespace warp::app {

class LiveCounters final : public api::LiveState {
 public:
  LiveCounters(const calls::Limits& limits, calls::Guard& guard, const Clock& clock)
      : limits_(limits), guard_(guard), clock_(clock) {}

  std::optional<api::TrunkLoad> trunk(TrunkId trunk) const override {
    using calls::LimitKey;
    const auto inbound = LimitKey::trunk(trunk, domain::Direction::Inbound);
    const auto outbound = LimitKey::trunk(trunk, domain::Direction::Outbound);
    const Monotonic now = clock_.now();
    api::TrunkLoad load;
    load.cps_inbound = limits_.per_second(inbound, now);
    load.cps_outbound = limits_.per_second(outbound, now);
    load.channels_inbound = limits_.channels(inbound);
    load.channels_outbound = limits_.channels(outbound);
    return load;
  }
  std::vector<api::BannedSource> bans() const override {
    std::vector<api::BannedSource> all;
    for (auto& ban : guard_.bans())
      all.push_back(
          {ban.source, std::move(ban.reason), ban.since, ban.until, ban.times, ban.dropped, ban.by_hand});
    return all;
  }
  bool ban(const domain::IpAddress& source, std::chrono::seconds time,
           const std::string& reason) const override {
    return guard_.ban(source, time, reason, true);
  }
  bool unban(const domain::IpAddress& source) const override { return guard_.lift(source); }

 private:
  const calls::Limits& limits_;
  calls::Guard& guard_;
  const Clock& clock_;
};

}  // namespace warp::app
