// SocketWire: the sockets of a worker's sides, for what is not relayed straight on.
#pragma once

#include "engine_metrics.h"
#include "treat/wire.h"

namespace warp::media {

class SocketWire final : public StreamWire {
 public:
  explicit SocketWire(BatchCounts& counts) : counts_(counts) {}

  bool send(Side& side, Kind kind, std::span<const std::byte> datagram) override;
  bool answer(Side& side, Kind kind, const domain::SocketAddress& to,
              std::span<const std::byte> datagram) override;

 private:
  bool sent(ssize_t result, std::size_t size);

  BatchCounts& counts_;
};

}  // namespace warp::media
