// FarLoad: what far ends said of their load (RFC 7339), and what therefore is not sent to them. One a shard.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/domain/address.h"

namespace warp::calls {

class FarLoad {
 public:
  // A response of `from` came with this as its topmost Via.
  void hear(const domain::SocketAddress& from, std::string_view via, Monotonic now);
  // May a new call go there? `random` decides which calls are the part that may not.
  bool may_send(const domain::SocketAddress& to, std::uint64_t random, Monotonic now);
  bool quiet() const { return reports_.empty(); }

 private:
  static constexpr std::size_t kMost = 4096;  // far ends; what is over is dropped first
  struct Report {
    unsigned loss_percent = 0;
    Monotonic until{};
    std::string sequence;
  };
  std::unordered_map<domain::SocketAddress, Report> reports_;
};

}  // namespace warp::calls
