// UdpSocket: one non-blocking UDP socket, IPv4 or IPv6 (then V6ONLY), that reads and writes in batches. It
// knows no event loop: wait for readability of fd() elsewhere. Not thread-safe, but two threads may use one
// each side (one receives, one sends).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <boost/system/error_code.hpp>

#include "warp/base/result.h"
#include "warp/domain/address.h"

namespace warp::net {

struct Datagram {
  std::span<const std::byte> bytes;
  domain::SocketAddress peer;  // from, or to
};

// Room for a batch of received datagrams, reused from call to call. 64 KiB each, so nothing that IP carries
// is cut; the kernel touches only the pages that it writes.
class DatagramBatch {
 public:
  static constexpr std::size_t kDatagrams = 32, kOctets = 65536;
  DatagramBatch();
  ~DatagramBatch();
  DatagramBatch(DatagramBatch&&) noexcept;
  DatagramBatch& operator=(DatagramBatch&&) noexcept;

  // How long the first datagram of the batch had waited in the kernel; zero when that is not known.
  std::chrono::nanoseconds waited() const;

 private:
  friend class UdpSocket;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct UdpOptions {
  bool reuse_port = false;
  bool timestamps = false;                  // for DatagramBatch::waited()
  int receive_buffer = 0, send_buffer = 0;  // octets; 0: the system's default. The kernel may give less
  // send_batch() gives the kernel neighbours of one length to one peer as one (UDP_SEGMENT): a way through
  // its layers for all of them. On the wire they are what they were.
  bool join_sends = false;
};

class UdpSocket {
 public:
  // Bound and non-blocking, close-on-exec.
  static Result<UdpSocket, boost::system::error_code> open(const domain::SocketAddress& bind,
                                                           const UdpOptions& options = {});
  UdpSocket() = default;
  ~UdpSocket();
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;

  int fd() const { return fd_; }
  // As bound: with the real port when 0 was asked for.
  const domain::SocketAddress& local() const { return local_; }

  // What is there now, at most a batch; empty when nothing is. The bytes live until the next call with the
  // same batch. Datagrams of an unknown address family are left out.
  std::span<const Datagram> receive(DatagramBatch& batch);

  enum class Sent : std::uint8_t { Yes, WouldBlock, Failed };
  Sent send(const domain::SocketAddress& to, std::span<const std::byte> bytes);
  // In order; returns how many were sent before the first that was not.
  std::size_t send_batch(std::span<const Datagram> datagrams);

 private:
  UdpSocket(int fd, const domain::SocketAddress& local) : fd_(fd), local_(local) {}
  int fd_ = -1;
  bool join_sends_ = false;
  domain::SocketAddress local_;
};

}  // namespace warp::net
