// IpAddress, SocketAddress and Cidr: values without sockets. IPv4-mapped IPv6 is folded to IPv4 when made.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace warp::domain {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 in the first four
  bool v6 = false;

  // Dotted quad or RFC 4291 text, brackets allowed; no zone, no name.
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress v4(std::uint32_t host_order);
  std::string to_string() const;  // without brackets
  std::uint32_t to_v4() const;    // host order; v6 == false
  bool is_unspecified() const;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  static std::optional<SocketAddress> parse(std::string_view text);  // "192.0.2.1:5060", "[2001:db8::1]:5060"
  std::string to_string() const;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

struct Cidr {
  IpAddress network;
  std::uint8_t length = 32;

  static std::optional<Cidr> parse(
      std::string_view text);  // bare address = full length; host bits are cleared
  bool contains(const IpAddress& ip) const;
  std::string to_string() const;
  friend auto operator<=>(const Cidr&, const Cidr&) = default;
};

}  // namespace warp::domain

template <>
struct std::hash<warp::domain::IpAddress> {
  std::size_t operator()(const warp::domain::IpAddress& ip) const noexcept;
};
template <>
struct std::hash<warp::domain::SocketAddress> {
  std::size_t operator()(const warp::domain::SocketAddress& address) const noexcept;
};
