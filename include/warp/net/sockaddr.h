// Between domain::SocketAddress and what the kernel speaks. IPv4-mapped IPv6 comes back as IPv4.
#pragma once

#include <optional>
#include <sys/socket.h>

#include "warp/domain/address.h"

namespace warp::net {

struct Sockaddr {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Fills `out` (at least 28 bytes used) and returns the length.
socklen_t to_sockaddr(const domain::SocketAddress& address, sockaddr_storage& out);
Sockaddr to_sockaddr(const domain::SocketAddress& address);
// nullopt for another family or a short length.
std::optional<domain::SocketAddress> from_sockaddr(const sockaddr_storage& address, socklen_t length);

}  // namespace warp::net
