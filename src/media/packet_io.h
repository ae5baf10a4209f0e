// PacketIo: moves datagrams from a ready socket through relay() to where they go. One for each worker.
#pragma once

#include <array>
#include <cstddef>
#include <sys/socket.h>

#include "warp/srtp/session.h"

#include "engine_metrics.h"
#include "relay.h"

namespace warp::media {

class PacketIo {
 public:
  static constexpr std::size_t kBatch = 32;
  // Media datagrams fit an Ethernet frame; reassembled ones up to this size are relayed too.
  static constexpr std::size_t kBufferBytes = 4096;

  PacketIo();

  // One datagram: the cheapest way when every socket has one, as voice has.
  void relay_one(Socket& socket, const Arrival& arrival, BatchCounts& counts);
  // All that waits, at most `kBatch` × `kRounds`: for sockets that fill faster than they are visited.
  void relay_all(Socket& socket, const Arrival& arrival, BatchCounts& counts);

 private:
  static constexpr int kRounds = 4;
  Forward decide(const Socket& socket, std::size_t index, std::size_t size, const Arrival& arrival);
  // To `forward`'s socket; < 0: the kernel refused.
  static ssize_t send_one(const Forward& forward, std::span<const std::byte> data);
  void send_batch(std::size_t count, BatchCounts& counts);
  void count_received(std::size_t size, BatchCounts& counts) const;
  static void count_sent(const Forward& forward, std::size_t size, BatchCounts& counts);

  std::array<std::array<std::byte, kBufferBytes + srtp::kOverhead>, kBatch> buffers_;
  std::array<SourceBuffer, kBatch> sources_;
  std::array<iovec, kBatch> receive_parts_, send_parts_;
  std::array<mmsghdr, kBatch> receive_, send_;
  std::array<Forward, kBatch> forwards_;
};

}  // namespace warp::media
