#include "socket.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace warp::media {
namespace {

bool is_zero(const domain::IpAddress& ip) {
  return ip.bytes == decltype(ip.bytes){};
}

PortPair::Bound bind_one(Socket& socket, const domain::IpAddress& ip, std::uint16_t port, std::uint8_t dscp) {
  using Bound = PortPair::Bound;
  socket.fd = ::socket(ip.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket.fd < 0) return errno == EAFNOSUPPORT ? Bound::BadAddress : Bound::NoHandles;
  const int on = 1;
  const int traffic_class = dscp << 2;
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
  rtp.v6 = rtcp.v6 = v6;
}

PortPair::~PortPair() {
  if (rtp.fd >= 0) ::close(rtp.fd);
  if (rtcp.fd >= 0) ::close(rtcp.fd);
}

PortPair::Bound PortPair::bind(const domain::IpAddress& address, std::uint8_t dscp) {
  const auto first = bind_one(rtp, address, number, dscp);
  if (first != Bound::Yes) return first;
  return bind_one(rtcp, address, static_cast<std::uint16_t>(number + 1), dscp);
}

}  // namespace warp::media
