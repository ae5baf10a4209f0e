// LineWire: the other end of a protocol of lines, driven by hand: octets out, lines in, never blocking.
#pragma once

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

class LineWire {
 public:
  LineWire() = default;
  explicit LineWire(int fd) : fd_(fd) { fcntl(fd_, F_SETFL, O_NONBLOCK); }
  ~LineWire() { close(); }
  LineWire(LineWire&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), ended_(other.ended_) {}
  LineWire& operator=(LineWire&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    buffer_ = std::move(other.buffer_);
    ended_ = other.ended_;
    return *this;
  }

  static LineWire connect(const domain::SocketAddress& to, std::string_view from = "127.0.0.1") {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const auto local = net::to_sockaddr({*domain::IpAddress::parse(from), 0});
    const auto remote = net::to_sockaddr(to);
    if (::bind(fd, local.get(), local.length) != 0 || ::connect(fd, remote.get(), remote.length) != 0) {
      ::close(fd);
      return {};
    }
    return LineWire(fd);
  }

  bool connected() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void send(std::string_view octets) { (void)::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL); }
  // The next line that has arrived, without its end.
  std::optional<std::string> receive() {
    read();
    const auto end = buffer_.find("\r\n");
    if (end == std::string::npos) return std::nullopt;
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }
  bool ended() {
    read();
    return ended_ && buffer_.empty();
  }

 private:
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

  int fd_ = -1;
  std::string buffer_;
  bool ended_ = false;
};

// A listening socket whose connections are LineWires.
class LineListener {
 public:
  LineListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    auto local = net::to_sockaddr({*domain::IpAddress::parse("127.0.0.1"), 0});
    ::bind(fd_, local.get(), local.length);
    listen(fd_, 64);
    getsockname(fd_, local.get(), &local.length);
    port_ = net::from_sockaddr(local.storage, local.length)->port;
  }
  ~LineListener() { ::close(fd_); }
  std::uint16_t port() const { return port_; }
  std::optional<LineWire> accept() {
    const int fd = ::accept(fd_, nullptr, nullptr);
    if (fd < 0) return std::nullopt;
    return LineWire(fd);
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace warp::test
