// Which addresses belong to the public Internet: what a target that a stranger names may resolve to.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace warp::http {

// False for unspecified, loopback, private, shared (RFC 6598), link-local, multicast, documentation,
// benchmark and reserved addresses, and for IPv6 ones that carry an IPv4 address (mapped, NAT64, 6to4,
// Teredo).
bool is_public(const boost::asio::ip::address& address);

}  // namespace warp::http
