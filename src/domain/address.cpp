#include "warp/domain/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

#include "warp/base/checked.h"

namespace warp::domain {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const std::array<std::uint8_t, 16>& bytes) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

std::optional<IpAddress> parse_v6(const char* text) {
  IpAddress ip;
  if (inet_pton(AF_INET6, text, ip.bytes.data()) != 1) return std::nullopt;
  if (is_mapped(ip.bytes)) {
    std::copy_n(ip.bytes.begin() + 12, 4, ip.bytes.begin());
    std::fill(ip.bytes.begin() + 4, ip.bytes.end(), std::uint8_t{0});
    return ip;
  }
  ip.v6 = true;
  return ip;
}

// The first `length` bits of a and b are the same.
bool same_bits(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
               unsigned length) {
  const unsigned whole = length / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const unsigned rest = length % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00u >> rest);
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

void clear_host_bits(IpAddress& ip, unsigned length) {
  for (unsigned i = 0; i < ip.bytes.size(); ++i) {
    if (length >= 8 * (i + 1)) continue;
    const unsigned kept = length > 8 * i ? length - 8 * i : 0;
    ip.bytes[i] = static_cast<std::uint8_t>(ip.bytes[i] & (0xff00u >> kept));
  }
}

std::size_t mix(std::uint64_t value) {
  value *= 0x9E3779B97F4A7C15ull;
  return static_cast<std::size_t>(value ^ (value >> 29));
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  // A NUL inside would end the text early for the C library.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  if (text.find(':') != std::string_view::npos) return parse_v6(terminated.data());
  IpAddress ip;
  if (bracketed || inet_pton(AF_INET, terminated.data(), ip.bytes.data()) != 1) return std::nullopt;
  return ip;
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress ip;
  for (unsigned i = 0; i < 4; ++i)
    ip.bytes[i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return ip;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (v6) return inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  // Not by inet_ntop, which prints by sprintf: a call writes a score of addresses.
  char* end = text.data();
  for (unsigned i = 0; i < 4; ++i) {
    if (i != 0) *end++ = '.';
    end = std::to_chars(end, text.data() + text.size(), bytes[i]).ptr;
  }
  return {text.data(), end};
}

std::uint32_t IpAddress::to_v4() const {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto host = text.substr(0, colon);
  // An IPv6 address without brackets has no port that could be told from its last group.
  if (host.find(':') != std::string_view::npos && host.front() != '[') return std::nullopt;
  const auto ip = IpAddress::parse(host);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!ip || !port) return std::nullopt;
  return SocketAddress{*ip, *port};
}

std::string SocketAddress::to_string() const {
  const auto host = ip.to_string();
  return (ip.v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  const auto ip = IpAddress::parse(address);
  if (!ip) return std::nullopt;
  const bool written_v6 = address.find(':') != std::string_view::npos;
  unsigned length = written_v6 ? 128 : 32;
  if (slash != std::string_view::npos) {
    const auto given = parse_number<std::uint8_t>(text.substr(slash + 1), 0, written_v6 ? 128 : 32);
    if (!given) return std::nullopt;
    length = *given;
  }
  if (written_v6 && !ip->v6) {
    if (length < 96) return std::nullopt;
    length -= 96;
  }
  Cidr cidr{*ip, static_cast<std::uint8_t>(length)};
  clear_host_bits(cidr.network, length);
  return cidr;
}

bool Cidr::contains(const IpAddress& ip) const {
  return ip.v6 == network.v6 && same_bits(ip.bytes, network.bytes, length);
}

std::string Cidr::to_string() const {
  return network.to_string() + '/' + std::to_string(length);
}

}  // namespace warp::domain

std::size_t std::hash<warp::domain::IpAddress>::operator()(const warp::domain::IpAddress& ip) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, ip.bytes.data(), sizeof high);
  std::memcpy(&low, ip.bytes.data() + sizeof high, sizeof low);
  return warp::domain::mix(high ^ (warp::domain::mix(low) + ip.v6));
}

std::size_t std::hash<warp::domain::SocketAddress>::operator()(
    const warp::domain::SocketAddress& address) const noexcept {
  return warp::domain::mix(std::hash<warp::domain::IpAddress>{}(address.ip) + address.port);
}
