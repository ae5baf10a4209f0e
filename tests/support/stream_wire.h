// StreamWire: the other end of a TCP connection, driven by hand: octets out, octets in, never blocking.
#pragma once

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "warp/domain/address.h"
#include "warp/net/sockaddr.h"

namespace warp::test {

class StreamWire {
 public:
  StreamWire() = default;
  explicit StreamWire(int fd) : fd_(fd) {
    if (fd_ >= 0) fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~StreamWire() { close(); }
  StreamWire(StreamWire&& other) noexcept
      : buffer_(std::move(other.buffer_)), fd_(std::exchange(other.fd_, -1)), ended_(other.ended_) {}
  StreamWire& operator=(StreamWire&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    buffer_ = std::move(other.buffer_);
    ended_ = other.ended_;
    return *this;
  }

  bool connected() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // Returns how many octets the kernel took.
  std::size_t send(std::string_view octets) {
    const auto sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  // The peer has closed and nothing is left to be read.
  bool ended() {
    read();
    return ended_ && buffer_.empty();
  }

 protected:
  // A connected socket, -1 when there is none. `receive_octets`: of the kernel's buffer, 0: its own choice.
  static int open(const domain::SocketAddress& to, std::string_view from, int receive_octets = 0) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_octets > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_octets, sizeof receive_octets);
    const auto local = net::to_sockaddr({*domain::IpAddress::parse(from), 0});
    const auto remote = net::to_sockaddr(to);
    if (::bind(fd, local.get(), local.length) == 0 && ::connect(fd, remote.get(), remote.length) == 0)
      return fd;
    ::close(fd);
    return -1;
  }
  // What has arrived, behind what `buffer_` holds.
  void read() {
    char part[16384];
    while (fd_ >= 0 && !ended_) {
      const auto got = recv(fd_, part, sizeof part, 0);
      if (got > 0) {
        buffer_.append(part, static_cast<std::size_t>(got));
        continue;
      }
      ended_ = got == 0 || (errno != EAGAIN && errno != EINTR);
      return;
    }
  }

  std::string buffer_;

 private:
  int fd_ = -1;
  bool ended_ = false;
};

// A listening socket whose connections are Wires.
template <class Wire>
class WireListener {
 public:
  WireListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    auto local = net::to_sockaddr({*domain::IpAddress::parse("127.0.0.1"), 0});
    ::bind(fd_, local.get(), local.length);
    listen(fd_, 64);
    getsockname(fd_, local.get(), &local.length);
    port_ = net::from_sockaddr(local.storage, local.length)->port;
  }
  ~WireListener() { ::close(fd_); }
  WireListener(const WireListener&) = delete;
  WireListener& operator=(const WireListener&) = delete;
  std::uint16_t port() const { return port_; }
  std::optional<Wire> accept() {
    const int fd = ::accept(fd_, nullptr, nullptr);
    if (fd < 0) return std::nullopt;
    return Wire(fd);
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace warp::test
