#include "warp/fax/udptl.h"

#include "warp/base/bytes.h"

namespace warp::fax {
namespace {

constexpr std::uint8_t kParityChoice = 0x80;

// A length of aligned PER (X.691 §11.9). Nobody fragments what goes into one datagram.
Result<std::size_t, UdptlError> read_length(ByteReader& reader) {
  const auto first = reader.u8();
  if (first & 0x80 && first & 0x40) return UdptlError::Fragmented;
  const std::size_t length = first & 0x80 ? (first & 0x3fU) << 8 | reader.u8() : first;
  if (!reader.ok()) return UdptlError::Truncated;
  return length;
}

void write_length(ByteWriter& writer, std::size_t length) {
  if (length < 0x80) return writer.u8(static_cast<std::uint8_t>(length));
  writer.u16(static_cast<std::uint16_t>(0x8000 | length));
}

Result<std::span<const std::byte>, UdptlError> read_packet(ByteReader& reader) {
  const auto length = read_length(reader);
  if (!length) return length.error();
  if (*length > kMostIfpOctets) return UdptlError::TooLong;
  const auto packet = reader.bytes(*length);
  if (!reader.ok()) return UdptlError::Truncated;
  return packet;
}

void write_packet(ByteWriter& writer, std::span<const std::byte> packet) {
  write_length(writer, packet.size());
  writer.bytes(packet);
}

Result<std::uint8_t, UdptlError> read_span(ByteReader& reader) {
  if (reader.u8() != 1) return reader.ok() ? UdptlError::BadParity : UdptlError::Truncated;
  const auto span = reader.u8();
  if (!reader.ok()) return UdptlError::Truncated;
  return span;
}

}  // namespace

std::string_view to_string(UdptlError error) {
  switch (error) {
    case UdptlError::Truncated:
      return "truncated";
    case UdptlError::Fragmented:
      return "fragmented";
    case UdptlError::TooLong:
      return "too_long";
    case UdptlError::BadParity:
      return "bad_parity";
  }
  return "unknown";
}

Result<UdptlDatagram, UdptlError> decode(std::span<const std::byte> octets) {
  ByteReader reader(octets);
  UdptlDatagram datagram;
  datagram.sequence = reader.u16();
  const auto primary = read_packet(reader);
  if (!primary) return primary.error();
  datagram.primary = *primary;
  datagram.parity = reader.u8() & kParityChoice;
  if (!reader.ok()) return UdptlError::Truncated;
  if (datagram.parity) {
    const auto span = read_span(reader);
    if (!span) return span.error();
    datagram.span = *span;
  }
  const auto count = read_length(reader);
  if (!count) return count.error();
  if (datagram.parity && *count > kMostEntries) return UdptlError::BadParity;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto packet = read_packet(reader);
    if (!packet) return packet.error();
    if (i < kMostEntries) datagram.recovery[datagram.entries++] = *packet;
  }
  return datagram;
}

std::size_t encode(const UdptlDatagram& datagram, std::span<std::byte> out) {
  if (datagram.primary.size() > kMostIfpOctets || datagram.entries > kMostEntries) return 0;
  ByteWriter writer(out);
  writer.u16(datagram.sequence);
  write_packet(writer, datagram.primary);
  writer.u8(datagram.parity ? kParityChoice : 0);
  if (datagram.parity) {
    writer.u8(1);
    writer.u8(datagram.span);
  }
  write_length(writer, datagram.entries);
  for (const auto packet : std::span(datagram.recovery).first(datagram.entries)) {
    if (packet.size() > kMostIfpOctets) return 0;
    write_packet(writer, packet);
  }
  return writer.ok() ? writer.written().size() : 0;
}

}  // namespace warp::fax
