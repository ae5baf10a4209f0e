#include "warp/net/sockaddr.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>

namespace warp::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

socklen_t to_sockaddr(const domain::SocketAddress& address, sockaddr_storage& out) {
  if (address.ip.v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.ip.bytes.data(), 16);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  std::memcpy(&v4.sin_addr, address.ip.bytes.data(), 4);
  std::memcpy(&out, &v4, sizeof v4);
  return sizeof v4;
}

Sockaddr to_sockaddr(const domain::SocketAddress& address) {
  Sockaddr result;
  result.length = to_sockaddr(address, result.storage);
  return result;
}

std::optional<domain::SocketAddress> from_sockaddr(const sockaddr_storage& address, socklen_t length) {
  domain::SocketAddress result;
  if (address.ss_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    result.port = ntohs(v4.sin_port);
    std::memcpy(result.ip.bytes.data(), &v4.sin_addr, 4);
    return result;
  }
  if (address.ss_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    result.port = ntohs(v6.sin6_port);
    const auto* bytes = v6.sin6_addr.s6_addr;
    if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes)) {
      std::memcpy(result.ip.bytes.data(), bytes + kMappedPrefix.size(), 4);
    } else {
      result.ip.v6 = true;
      std::memcpy(result.ip.bytes.data(), bytes, 16);
    }
    return result;
  }
  return std::nullopt;
}

}  // namespace warp::net
