#include "socket_wire.h"

#include <cerrno>

namespace warp::media {
namespace {

constexpr int kWireFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

ssize_t send_to(int fd, const Destination& to, std::span<const std::byte> datagram) {
  return sendto(fd, datagram.data(), datagram.size(), kWireFlags, to.data(), to.length());
}

ssize_t send_fast(int fd, std::span<const std::byte> datagram) {
  const auto sent = ::send(fd, datagram.data(), datagram.size(), kWireFlags);
  // An ICMP answer to an earlier packet stands in the way of this one, once.
  return sent < 0 && errno == ECONNREFUSED ? ::send(fd, datagram.data(), datagram.size(), kWireFlags) : sent;
}

}  // namespace

bool SocketWire::sent(ssize_t result, std::size_t size) {
  if (result < 0) {
    ++counts_.dropped[static_cast<std::size_t>(Drop::SendFailed)];
    return false;
  }
  ++counts_.packets_sent;
  counts_.octets_sent += size;
  return true;
}

bool SocketWire::send(Side& side, Kind kind, std::span<const std::byte> datagram) {
  const auto& ports = *side.ports;
  if (kind == Kind::Rtcp) {
    const auto& to = side.rtcp_mux ? side.to_rtp : side.to_rtcp;
    return to && sent(send_to(side.rtcp_mux ? ports.rtp.fd : ports.rtcp.fd, to, datagram), datagram.size());
  }
  if (!side.to_rtp) return false;
  const auto result = side.fast == Side::Fast::Yes ? send_fast(ports.fast.fd, datagram)
                                                   : send_to(ports.rtp.fd, side.to_rtp, datagram);
  if (!sent(result, datagram.size())) return false;
  side.counters.packets_sent.add(1);
  side.counters.octets_sent.add(datagram.size());
  return true;
}

bool SocketWire::answer(Side& side, Kind kind, const domain::SocketAddress& to,
                        std::span<const std::byte> datagram) {
  const Socket& socket = kind == Kind::Rtcp ? side.ports->rtcp : side.ports->rtp;
  const Destination destination(to, socket.v6);
  return destination && sent(send_to(socket.fd, destination, datagram), datagram.size());
}

}  // namespace warp::media
