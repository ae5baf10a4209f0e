// LiveState: what the API asks of the calls in progress. Implemented in `app` over the call engine.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/domain/address.h"

namespace warp::api {

struct TrunkLoad {
  std::optional<std::uint32_t> cps_inbound, cps_outbound;
  std::optional<std::uint32_t> channels_inbound, channels_outbound;
};

// A source of SIP that is not heard.
struct BannedSource {
  domain::Cidr source;
  std::string reason;
  WallTime since{}, until{};
  std::uint32_t times = 1;
  std::uint64_t dropped = 0;  // messages, on this node
  bool by_hand = false;
};

class LiveState {
 public:
  virtual ~LiveState() = default;
  // nullopt: the counters cannot be read. Any thread; must not block.
  virtual std::optional<TrunkLoad> trunk(TrunkId trunk) const = 0;
  // Any thread; must not block.
  virtual std::vector<BannedSource> bans() const { return {}; }
  // False: the source is trusted, or none can be banned here.
  virtual bool ban(const domain::IpAddress& /*source*/, std::chrono::seconds /*time*/,
                   const std::string& /*reason*/) const {
    return false;
  }
  // False: it is not banned.
  virtual bool unban(const domain::IpAddress& /*source*/) const { return false; }
};

class NoLiveState final : public LiveState {
 public:
  std::optional<TrunkLoad> trunk(TrunkId) const override { return std::nullopt; }
};

}  // namespace warp::api
