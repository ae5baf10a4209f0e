// Fakes for the relay's tests: a UDP peer on loopback, RTP and RTCP bytes, an executor that the test drains.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <cstring>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "warp/base/executor.h"
#include "warp/domain/address.h"

namespace warp::media::testing {

using Bytes = std::vector<std::byte>;
inline constexpr std::chrono::seconds kPatience{5};

inline domain::IpAddress ip(std::string_view text) {
  return *domain::IpAddress::parse(text);
}

inline Bytes rtp_packet(std::uint16_t sequence, std::uint32_t ssrc, std::uint32_t timestamp = 0,
                        std::size_t payload = 160, std::uint8_t type = 0) {
  Bytes out(12 + payload);
  const auto put = [&](std::size_t at, std::uint32_t value, unsigned octets) {
    for (unsigned i = 0; i < octets; ++i)
      out[at + i] = static_cast<std::byte>(value >> (8 * (octets - 1 - i)));
  };
  put(0, 0x80, 1);
  put(1, type, 1);
  put(2, sequence, 2);
  put(4, timestamp, 4);
  put(8, ssrc, 4);
  // Different in every packet, so that a mix-up shows.
  for (std::size_t i = 0; i < payload; ++i)
    out[12 + i] = static_cast<std::byte>(sequence * 31 + i * 7 + ssrc);
  return out;
}

inline Bytes words(std::initializer_list<std::uint32_t> values) {
  Bytes out;
  for (auto value : values)
    for (int shift = 24; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::byte>(value >> shift));
  return out;
}

class Peer {
 public:
  struct Datagram {
    Bytes data;
    domain::SocketAddress from;
  };

  explicit Peer(std::string_view address = "127.0.0.1", std::uint16_t port = 0)
      : address_{ip(address), port} {
    fd_ = ::socket(address_.ip.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    auto [raw, length] = to_raw(address_);
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&raw), length) != 0) throw std::runtime_error("bind");
    getsockname(fd_, reinterpret_cast<sockaddr*>(&raw), &length);
    address_ = from_raw(raw);
  }
  ~Peer() { ::close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const domain::SocketAddress& address() const { return address_; }

  void send(const domain::SocketAddress& to, const Bytes& data) const {
    auto [raw, length] = to_raw(to);
    const auto sent = sendto(fd_, data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&raw), length);
    if (sent != static_cast<ssize_t>(data.size())) throw std::runtime_error("sendto");
  }

  // The next datagram, or nullopt when none comes in time.
  std::optional<Datagram> receive(std::chrono::milliseconds patience = kPatience) const {
    pollfd wait{fd_, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
    Bytes data(8192);
    sockaddr_storage raw{};
    socklen_t length = sizeof raw;
    const auto size = recvfrom(fd_, data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&raw), &length);
    if (size < 0) return std::nullopt;
    data.resize(static_cast<std::size_t>(size));
    return Datagram{std::move(data), from_raw(raw)};
  }
  bool empty() const {
    pollfd wait{fd_, POLLIN, 0};
    return poll(&wait, 1, 0) == 0;
  }

 private:
  static std::pair<sockaddr_storage, socklen_t> to_raw(const domain::SocketAddress& address) {
    sockaddr_storage raw{};
    if (address.ip.v6) {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(raw);
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(address.port);
      std::memcpy(&v6.sin6_addr, address.ip.bytes.data(), 16);
      return {raw, sizeof v6};
    }
    auto& v4 = reinterpret_cast<sockaddr_in&>(raw);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.ip.bytes.data(), 4);
    return {raw, sizeof v4};
  }
  static domain::SocketAddress from_raw(const sockaddr_storage& raw) {
    domain::SocketAddress out;
    out.ip.v6 = raw.ss_family == AF_INET6;
    if (out.ip.v6) {
      const auto& v6 = reinterpret_cast<const sockaddr_in6&>(raw);
      out.port = ntohs(v6.sin6_port);
      std::memcpy(out.ip.bytes.data(), &v6.sin6_addr, 16);
    } else {
      const auto& v4 = reinterpret_cast<const sockaddr_in&>(raw);
      out.port = ntohs(v4.sin_port);
      std::memcpy(out.ip.bytes.data(), &v4.sin_addr, 4);
    }
    return out;
  }

  int fd_ = -1;
  domain::SocketAddress address_;
};

class ManualExecutor final : public Executor {
 public:
  void post(std::function<void()> work) override {
    std::lock_guard guard(mutex_);
    work_.push_back(std::move(work));
  }
  std::size_t pending() {
    std::lock_guard guard(mutex_);
    return work_.size();
  }
  std::size_t run() {
    std::vector<std::function<void()>> work;
    {
      std::lock_guard guard(mutex_);
      work.swap(work_);
    }
    for (auto& item : work)
      item();
    return work.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> work_;
};

// Polls `condition` until it holds or patience ends.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace warp::media::testing
