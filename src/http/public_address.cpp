#include "warp/http/public_address.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace warp::http {
namespace {

namespace ip = boost::asio::ip;

struct Block4 {
  std::uint32_t network;
  unsigned length;
};
// The IANA special-purpose registry of IPv4, multicast and what is reserved.
constexpr std::array kClosed4{
    Block4{0x00000000, 8},  Block4{0x0a000000, 8},  Block4{0x64400000, 10}, Block4{0x7f000000, 8},
    Block4{0xa9fe0000, 16}, Block4{0xac100000, 12}, Block4{0xc0000000, 24}, Block4{0xc0000200, 24},
    Block4{0xc0586300, 24}, Block4{0xc0a80000, 16}, Block4{0xc6120000, 15}, Block4{0xc6336400, 24},
    Block4{0xcb007100, 24}, Block4{0xe0000000, 4},  Block4{0xf0000000, 4},
};

bool is_public4(std::uint32_t address) {
  return std::none_of(kClosed4.begin(), kClosed4.end(), [&](const Block4& block) {
    return (address ^ block.network) >> (32 - block.length) == 0;
  });
}

struct Block6 {
  std::array<std::uint8_t, 6> network;
  unsigned length;
};
// Within 2000::/3, the only part that is in use: protocol assignments with Teredo (2001::/23), documentation,
// 6to4.
constexpr std::array kClosed6{
    Block6{{0x20, 0x01, 0x00}, 23},
    Block6{{0x20, 0x01, 0x0d, 0xb8}, 32},
    Block6{{0x20, 0x02}, 16},
    Block6{{0x3f, 0xff, 0x00}, 20},
};

bool within(const ip::address_v6::bytes_type& address, const Block6& block) {
  for (unsigned bit = 0; bit < block.length; bit += 8) {
    const auto left = std::min(8u, block.length - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - left));
    if (((address[bit / 8] ^ block.network[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool is_public6(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  if ((bytes[0] & 0xe0) != 0x20) return false;
  return std::none_of(kClosed6.begin(), kClosed6.end(),
                      [&](const Block6& block) { return within(bytes, block); });
}

}  // namespace

bool is_public(const ip::address& address) {
  return address.is_v4() ? is_public4(address.to_v4().to_uint()) : is_public6(address.to_v6());
}

}  // namespace warp::http
