// Three machines in a row, A – relay – B, as network namespaces joined by veth, and sockets in them.
#pragma once

#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "warp/domain/address.h"

#include "support/network_namespace.h"

namespace warp::media::testing {

using Datagram = std::vector<std::uint8_t>;

inline domain::SocketAddress at(const std::string& text) {
  return domain::SocketAddress::parse(text).value();
}

inline Datagram rtp_of(std::uint16_t sequence, std::uint8_t type = 0) {
  Datagram out(172, 0xd5);
  const std::array<std::uint8_t, 12> head{0x80, type, static_cast<std::uint8_t>(sequence >> 8),
                                          static_cast<std::uint8_t>(sequence)};
  std::copy(head.begin(), head.end(), out.begin());
  return out;
}
inline std::uint16_t sequence_of(const Datagram& packet) {
  return static_cast<std::uint16_t>(packet.at(2) << 8 | packet.at(3));
}

struct Arrived {
  Datagram data;
  domain::SocketAddress from;
};

// A UDP socket in a namespace, usable from any thread.
class Box {
 public:
  Box(const test::NetworkNamespace& network, const domain::SocketAddress& own) {
    network.run([&] {
      fd_ = ::socket(own.ip.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      const int room = 8 << 20;
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
      sockaddr_storage address = raw(own);
      EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size(own)), 0)
          << own.to_string() << ": " << strerror(errno);
    });
  }
  ~Box() { ::close(fd_); }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;

  void send(const domain::SocketAddress& to, const Datagram& data) const {
    sockaddr_storage address = raw(to);
    ::sendto(fd_, data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&address), size(to));
  }
  std::optional<Arrived> receive(int within_ms = 10'000) const {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, within_ms) <= 0) return std::nullopt;
    Arrived out;
    out.data.resize(2048);
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const auto got =
        ::recvfrom(fd_, out.data.data(), out.data.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0) return std::nullopt;
    out.data.resize(static_cast<std::size_t>(got));
    out.from = read(from);
    return out;
  }

 private:
  static socklen_t size(const domain::SocketAddress& address) {
    return address.ip.v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  }
  static sockaddr_storage raw(const domain::SocketAddress& address) {
    sockaddr_storage out{};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (address.ip.v6) {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(address.port);
      std::memcpy(&v6.sin6_addr, address.ip.bytes.data(), 16);
      std::memcpy(&out, &v6, sizeof v6);
    } else {
      v4.sin_family = AF_INET;
      v4.sin_port = htons(address.port);
      std::memcpy(&v4.sin_addr, address.ip.bytes.data(), 4);
      std::memcpy(&out, &v4, sizeof v4);
    }
    return out;
  }
  static domain::SocketAddress read(const sockaddr_storage& from) {
    domain::SocketAddress out;
    out.ip.v6 = from.ss_family == AF_INET6;
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    std::memcpy(&v4, &from, sizeof v4);
    std::memcpy(&v6, &from, sizeof v6);
    out.port = ntohs(v4.sin_port);
    std::memcpy(out.ip.bytes.data(), out.ip.v6 ? static_cast<const void*>(&v6.sin6_addr) : &v4.sin_addr,
                out.ip.v6 ? 16 : 4);
    return out;
  }
  int fd_ = -1;
};

// 10.84.1.0/24 and fd84:1::/64 between A (.2) and the relay (.1), 10.84.2.0/24 and fd84:2::/64 between B and
// it.
struct ThreeMachines {
  ThreeMachines() {
    joined_ = a.made() && relay.made() && b.made() && files.ok() && join(a, "10.84.1", "fd84:1:", "ra") &&
              join(b, "10.84.2", "fd84:2:", "rb");
  }
  bool made() const { return joined_; }

  test::NetworkNamespace a, relay, b;
  test::BpfFileSystem files;

 private:
  bool join(const test::NetworkNamespace& end, const std::string& v4, const std::string& v6,
            const std::string& name) {
    return end.sh("ip link add end type veth peer name " + name + " netns " + relay.path() +
                  " && ip address add " + v4 + ".2/24 dev end && ip address add " + v6 +
                  ":2/64 dev end nodad && ip link set end up") &&
           relay.sh("ip address add " + v4 + ".1/24 dev " + name + " && ip address add " + v6 + ":1/64 dev " +
                    name + " nodad && ip link set " + name + " up");
  }

  bool joined_ = false;
};

}  // namespace warp::media::testing
