#include "socket.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace warp::media {
namespace {

bool is_zero(const domain::IpAddress& ip) {
  return ip.bytes == decltype(ip.bytes){};
}

PortPair::Bound bind_one(Socket& socket, const domain::IpAddress& ip, std::uint16_t port, std::uint8_t dscp,
                         bool shared = false) {
  using Bound = PortPair::Bound;
  socket.fd = ::socket(ip.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket.fd < 0) return errno == EAFNOSUPPORT ? Bound::BadAddress : Bound::NoHandles;
  const int on = 1;
  const int traffic_class = dscp << 2;
  if (shared) setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // The class of service is a wish; a kernel that refuses it still relays.
  if (ip.v6) {
    setsockopt(socket.fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(socket.fd, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
  } else {
    setsockopt(socket.fd, IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class);
  }
  SourceBuffer local{};
  if (ip.v6) {
    local.v6.sin6_family = AF_INET6;
    local.v6.sin6_port = htons(port);
    std::memcpy(&local.v6.sin6_addr, ip.bytes.data(), 16);
  } else {
    local.v4.sin_family = AF_INET;
    local.v4.sin_port = htons(port);
    std::memcpy(&local.v4.sin_addr, ip.bytes.data(), 4);
  }
  if (::bind(socket.fd, &local.any, ip.v6 ? sizeof local.v6 : sizeof local.v4) == 0) return Bound::Yes;
  return errno == EADDRINUSE || errno == EACCES ? Bound::Taken : Bound::BadAddress;
}

}  // namespace

Destination::Destination(const domain::SocketAddress& address, bool v6) {
  if (address.port == 0 || address.ip.v6 != v6 || is_zero(address.ip)) return;
  if (v6) {
    address_.v6.sin6_family = AF_INET6;
    address_.v6.sin6_port = htons(address.port);
    std::memcpy(&address_.v6.sin6_addr, address.ip.bytes.data(), 16);
    length_ = sizeof address_.v6;
  } else {
    address_.v4.sin_family = AF_INET;
    address_.v4.sin_port = htons(address.port);
    std::memcpy(&address_.v4.sin_addr, address.ip.bytes.data(), 4);
    length_ = sizeof address_.v4;
  }
}

domain::SocketAddress to_address(const SourceBuffer& source, bool v6) {
  domain::SocketAddress out;
  out.ip.v6 = v6;
  if (v6) {
    std::memcpy(out.ip.bytes.data(), &source.v6.sin6_addr, 16);
    out.port = ntohs(source.v6.sin6_port);
  } else {
    std::memcpy(out.ip.bytes.data(), &source.v4.sin_addr, 4);
    out.port = ntohs(source.v4.sin_port);
  }
  return out;
}

PortPair::PortPair(std::uint16_t port, bool v6, unsigned owner) : number(port), worker(owner) {
  rtcp.rtcp = true;
  rtp.v6 = rtcp.v6 = fast.v6 = v6;
}

PortPair::~PortPair() {
  for (const Socket* socket : {&rtp, &rtcp, &fast})
    if (socket->fd >= 0) ::close(socket->fd);
}

PortPair::Bound PortPair::bind(const domain::IpAddress& address, std::uint8_t dscp) {
  const auto first = bind_one(rtp, address, number, dscp);
  if (first != Bound::Yes) return first;
  const auto second = bind_one(rtcp, address, static_cast<std::uint16_t>(number + 1), dscp);
  if (second == Bound::Yes) bind_fast(address, dscp);
  return second;
}

void PortPair::bind_fast(const domain::IpAddress& address, std::uint8_t dscp) {
  // The port was taken exclusively; it is opened for the length of one bind and closed again, so that no
  // other program can share it.
  const auto share = [](const Socket& socket, int on) {
    setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  };
  share(rtp, 1);
  if (bind_one(fast, address, number, dscp, true) != Bound::Yes && fast.fd >= 0) {
    ::close(fast.fd);
    fast.fd = -1;
  }
  share(rtp, 0);
  if (fast.fd >= 0) share(fast, 0);
}

bool PortPair::connect_fast(const Destination& to) {
  if (fast.fd < 0) return false;
  fast_connected_ = ::connect(fast.fd, to.data(), to.length()) == 0;
  return fast_connected_;
}

void PortPair::disconnect_fast() {
  if (!fast_connected_) return;
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  ::connect(fast.fd, &nobody, sizeof nobody);
  fast_connected_ = false;
}

}  // namespace warp::media
