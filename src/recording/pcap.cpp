#include "pcap.h"

#include "warp/base/bytes.h"

namespace warp::recording {
namespace {

constexpr std::size_t kIp4 = 20, kIp6 = 40, kUdp = 8, kMostDatagram = 65'535 - kIp4 - kUdp;
constexpr std::uint8_t kUdpProtocol = 17, kHops = 64;
constexpr std::uint32_t kSnapLength = 65'535 + kIp6, kLinkTypeRaw = 101;

// RFC 1071; what is added comes in parts of an even number of octets, but for the last.
class Checksum {
 public:
  void add(std::span<const std::byte> octets) {
    for (std::size_t i = 0; i < octets.size(); i += 2) {
      const auto low = i + 1 < octets.size() ? std::to_integer<std::uint32_t>(octets[i + 1]) : 0;
      sum_ += std::to_integer<std::uint32_t>(octets[i]) << 8 | low;
    }
  }
  void add(std::uint32_t word) { sum_ += word; }
  std::uint16_t value() const {
    auto sum = sum_;
    while (sum >> 16)
      sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;
};

std::span<const std::byte> octets_of(const domain::IpAddress& ip) {
  return std::as_bytes(std::span(ip.bytes)).first(ip.v6 ? 16 : 4);
}

void put_little(ByteWriter& out, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i)
    out.u8(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint16_t udp_checksum(std::span<const std::byte> datagram, const domain::SocketAddress& source,
                           const domain::SocketAddress& destination) {
  Checksum sum;
  sum.add(octets_of(source.ip));
  sum.add(octets_of(destination.ip));
  const auto length = static_cast<std::uint32_t>(kUdp + datagram.size());
  sum.add(kUdpProtocol);
  sum.add(length);
  sum.add(source.port);
  sum.add(destination.port);
  sum.add(length);
  sum.add(datagram);
  const auto value = sum.value();
  return value == 0 ? 0xffff : value;
}

void put_ip4(ByteWriter& out, std::size_t length, const domain::IpAddress& from,
             const domain::IpAddress& to) {
  std::array<std::byte, kIp4> room{};
  ByteWriter header(room);
  header.u16(0x4500);
  header.u16(static_cast<std::uint16_t>(length));
  header.u32(0x4000);  // not to be broken up
  header.u8(kHops);
  header.u8(kUdpProtocol);
  header.u16(0);
  header.bytes(octets_of(from));
  header.bytes(octets_of(to));
  Checksum sum;
  sum.add(room);
  out.bytes(std::span(room).first(10));
  out.u16(sum.value());
  out.bytes(std::span(room).subspan(12));
}

void put_ip6(ByteWriter& out, std::size_t length, const domain::IpAddress& from,
             const domain::IpAddress& to) {
  out.u32(0x60000000);
  out.u16(static_cast<std::uint16_t>(length - kIp6));
  out.u8(kUdpProtocol);
  out.u8(kHops);
  out.bytes(octets_of(from));
  out.bytes(octets_of(to));
}

}  // namespace

std::array<std::byte, kPcapHeader> pcap_header() {
  std::array<std::byte, kPcapHeader> room{};
  ByteWriter out(room);
  put_little(out, 0xa1b2c3d4);  // microseconds
  put_little(out, 4 << 16 | 2);
  put_little(out, 0);
  put_little(out, 0);
  put_little(out, kSnapLength);
  put_little(out, kLinkTypeRaw);
  return room;
}

std::vector<std::byte> pcap_record(std::span<const std::byte> datagram, const domain::SocketAddress& source,
                                   const domain::SocketAddress& destination, WallTime at) {
  if (datagram.size() > kMostDatagram) return {};
  // An address that is not known is of the other's family.
  const bool v6 = source.ip.v6 || destination.ip.v6;
  auto from = source, to = destination;
  from.ip.v6 = to.ip.v6 = v6;
  const auto length = (v6 ? kIp6 : kIp4) + kUdp + datagram.size();
  std::vector<std::byte> room(kPcapRecord + length);
  ByteWriter out(room);
  const auto micros = at.time_since_epoch().count();
  put_little(out, static_cast<std::uint32_t>(micros / 1'000'000));
  put_little(out, static_cast<std::uint32_t>(micros % 1'000'000));
  put_little(out, static_cast<std::uint32_t>(length));
  put_little(out, static_cast<std::uint32_t>(length));
  v6 ? put_ip6(out, length, from.ip, to.ip) : put_ip4(out, length, from.ip, to.ip);
  out.u16(from.port);
  out.u16(to.port);
  out.u16(static_cast<std::uint16_t>(kUdp + datagram.size()));
  out.u16(udp_checksum(datagram, from, to));
  out.bytes(datagram);
  return room;
}

std::size_t whole_records(std::span<const std::byte> records) {
  std::size_t whole = 0;
  while (records.size() - whole >= kPcapRecord) {
    std::uint32_t length = 0;
    for (unsigned i = 0; i < 4; ++i)
      length |= std::to_integer<std::uint32_t>(records[whole + 8 + i]) << (8 * i);
    if (length > records.size() - whole - kPcapRecord) break;
    whole += kPcapRecord + length;
  }
  return whole;
}

}  // namespace warp::recording
