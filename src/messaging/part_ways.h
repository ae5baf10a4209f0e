// PartWays: the connector of the first part of a long message that its sender cut. The others must take it
// too: a handset joins what comes by one way.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/domain/message.h"

namespace warp::messaging {

class PartWays {
 public:
  // Alike for the parts of one message; nullopt: it is whole.
  static std::optional<std::uint64_t> key_of(const domain::Message& message);
  std::optional<ConnectorId> find(std::uint64_t key, Monotonic now) const;
  void keep(std::uint64_t key, ConnectorId connector, Monotonic now);

 private:
  struct Way {
    ConnectorId connector;
    Monotonic since;
  };
  std::unordered_map<std::uint64_t, Way> ways_;
  std::deque<std::pair<Monotonic, std::uint64_t>> order_;
};

}  // namespace warp::messaging
