// What can be seen of a DTLS datagram without its keys (RFC 6347 §4.1, §4.2). Private to this section.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace warp::media {

bool is_plain_alert(std::span<const std::byte> datagram);  // anybody could have written it
bool is_handshake(std::span<const std::byte> datagram);

struct HelloSeen {
  bool fragment = false;               // not whole
  std::array<std::byte, 32> random{};  // which hello it is; zeros when it begins behind it
};
std::optional<HelloSeen> client_hello_in(std::span<const std::byte> datagram);

}  // namespace warp::media
