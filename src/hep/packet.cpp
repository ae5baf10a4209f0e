#include "warp/hep/packet.h"

#include "warp/base/bytes.h"

namespace warp::hep {
namespace {

constexpr std::string_view kMagic = "HEP3";
constexpr std::size_t kHead = 6, kChunkHead = 6;
constexpr std::uint8_t kInet = 2, kInet6 = 10;

// Of vendor 0.
enum class Chunk : std::uint16_t {
  Family = 1,
  Protocol = 2,
  From4 = 3,
  To4 = 4,
  From6 = 5,
  To6 = 6,
  FromPort = 7,
  ToPort = 8,
  Seconds = 9,
  Microseconds = 10,
  Type = 11,
  CaptureId = 12,
  AuthKey = 14,
  Payload = 15,
  CorrelationId = 17,
};

std::string_view text_of(std::span<const std::byte> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

class ChunkWriter {
 public:
  explicit ChunkWriter(std::string& out)
      : writer_(std::as_writable_bytes(std::span(out.data(), out.size()))) {
    writer_.bytes(as_bytes(kMagic));
    writer_.u16(static_cast<std::uint16_t>(out.size()));
  }
  void u8(Chunk type, std::uint8_t value) {
    head(type, 1);
    writer_.u8(value);
  }
  void u16(Chunk type, std::uint16_t value) {
    head(type, 2);
    writer_.u16(value);
  }
  void u32(Chunk type, std::uint32_t value) {
    head(type, 4);
    writer_.u32(value);
  }
  void octets(Chunk type, std::span<const std::byte> value) {
    head(type, value.size());
    writer_.bytes(value);
  }
  bool complete(std::size_t size) const { return writer_.ok() && writer_.written().size() == size; }

 private:
  void head(Chunk type, std::size_t value) {
    writer_.u16(0);
    writer_.u16(static_cast<std::uint16_t>(type));
    writer_.u16(static_cast<std::uint16_t>(kChunkHead + value));
  }
  ByteWriter writer_;
};

std::size_t size_of(const Packet& packet, std::string_view key, std::string_view correlation) {
  const std::size_t address = packet.v6 ? 16 : 4;
  std::size_t size = kHead + 9 * kChunkHead + 1 + 1 + 2 * address + 2 + 2 + 4 + 4 + 1;
  size += kChunkHead + 4;  // capture id
  if (!key.empty()) size += kChunkHead + key.size();
  if (!correlation.empty()) size += kChunkHead + correlation.size();
  return size + kChunkHead + packet.payload.size();
}

// What decode() has seen: the family decides which addresses count, and may come after them.
struct Seen {
  Packet packet;
  std::array<std::span<const std::byte>, 4> addresses;  // 4 from, 4 to, 6 from, 6 to
  bool family = false, payload = false;
};

template <std::size_t size>
bool read_uint(std::span<const std::byte> value, auto& out) {
  if (value.size() != size) return false;
  ByteReader reader(value);
  if constexpr (size == 1) out = reader.u8();
  if constexpr (size == 2) out = reader.u16();
  if constexpr (size == 4) out = reader.u32();
  return true;
}

bool read_address(std::span<const std::byte> value, std::size_t size, std::span<const std::byte>& out) {
  out = value;
  return value.size() == size;
}

bool read_chunk(Chunk type, std::span<const std::byte> value, Seen& seen) {
  Packet& packet = seen.packet;
  std::uint8_t family = 0;
  switch (type) {
    case Chunk::Family:
      seen.family = true;
      if (!read_uint<1>(value, family)) return false;
      packet.v6 = family == kInet6;
      return family == kInet || family == kInet6;
    case Chunk::Protocol:
      return read_uint<1>(value, packet.protocol);
    case Chunk::From4:
      return read_address(value, 4, seen.addresses[0]);
    case Chunk::To4:
      return read_address(value, 4, seen.addresses[1]);
    case Chunk::From6:
      return read_address(value, 16, seen.addresses[2]);
    case Chunk::To6:
      return read_address(value, 16, seen.addresses[3]);
    case Chunk::FromPort:
      return read_uint<2>(value, packet.from.port);
    case Chunk::ToPort:
      return read_uint<2>(value, packet.to.port);
    case Chunk::Seconds:
      return read_uint<4>(value, packet.seconds);
    case Chunk::Microseconds:
      return read_uint<4>(value, packet.microseconds);
    case Chunk::Type:
      return read_uint<1>(value, packet.type);
    case Chunk::CaptureId:
      return read_uint<4>(value, packet.capture_id);
    case Chunk::AuthKey:
      packet.auth_key = text_of(value);
      return value.size() <= kLongestText;
    case Chunk::CorrelationId:
      packet.correlation_id = text_of(value);
      return value.size() <= kLongestText;
    case Chunk::Payload:
      packet.payload = text_of(value);
      seen.payload = true;
      return true;
  }
  return true;  // not known here
}

void keep(std::span<const std::byte> from, std::array<std::uint8_t, 16>& to) {
  for (std::size_t i = 0; i < from.size(); ++i)
    to[i] = static_cast<std::uint8_t>(from[i]);
}

}  // namespace

std::string_view to_string(DecodeError error) {
  switch (error) {
    case DecodeError::Truncated:
      return "truncated";
    case DecodeError::Magic:
      return "magic";
    case DecodeError::Length:
      return "length";
    case DecodeError::Chunk:
      return "chunk";
    case DecodeError::Missing:
      return "missing";
  }
  return "unknown";
}

bool encode(const Packet& packet, std::string& out, std::size_t most) {
  const auto key = packet.auth_key.substr(0, kLongestText);
  const auto correlation = packet.correlation_id.substr(0, kLongestText);
  const std::size_t size = size_of(packet, key, correlation);
  if (size > std::min(most, kMostOctets)) {
    out.clear();
    return false;
  }
  out.resize(size);
  const auto address = [&](const Endpoint& end) {
    return std::as_bytes(std::span(end.address)).first(packet.v6 ? 16 : 4);
  };
  ChunkWriter writer(out);
  writer.u8(Chunk::Family, packet.v6 ? kInet6 : kInet);
  writer.u8(Chunk::Protocol, packet.protocol);
  writer.octets(packet.v6 ? Chunk::From6 : Chunk::From4, address(packet.from));
  writer.octets(packet.v6 ? Chunk::To6 : Chunk::To4, address(packet.to));
  writer.u16(Chunk::FromPort, packet.from.port);
  writer.u16(Chunk::ToPort, packet.to.port);
  writer.u32(Chunk::Seconds, packet.seconds);
  writer.u32(Chunk::Microseconds, packet.microseconds);
  writer.u8(Chunk::Type, packet.type);
  writer.u32(Chunk::CaptureId, packet.capture_id);
  if (!key.empty()) writer.octets(Chunk::AuthKey, as_bytes(key));
  if (!correlation.empty()) writer.octets(Chunk::CorrelationId, as_bytes(correlation));
  writer.octets(Chunk::Payload, as_bytes(packet.payload));
  if (!writer.complete(size)) out.clear();
  return !out.empty();
}

Result<Packet, DecodeError> decode(std::span<const std::byte> octets) {
  ByteReader reader(octets);
  const auto magic = reader.bytes(kMagic.size());
  const std::size_t length = reader.u16();
  if (!reader.ok()) return DecodeError::Truncated;
  if (text_of(magic) != kMagic) return DecodeError::Magic;
  if (length != octets.size()) return length > octets.size() ? DecodeError::Truncated : DecodeError::Length;
  Seen seen;
  while (reader.remaining() > 0) {
    const auto vendor = reader.u16();
    const auto type = static_cast<Chunk>(reader.u16());
    const std::size_t size = reader.u16();
    if (!reader.ok() || size < kChunkHead) return DecodeError::Chunk;
    const auto value = reader.bytes(size - kChunkHead);
    if (!reader.ok() || (vendor == 0 && !read_chunk(type, value, seen))) return DecodeError::Chunk;
  }
  const std::size_t place = seen.packet.v6 ? 2 : 0;
  if (!seen.family || !seen.payload || seen.addresses[place].empty() || seen.addresses[place + 1].empty())
    return DecodeError::Missing;
  keep(seen.addresses[place], seen.packet.from.address);
  keep(seen.addresses[place + 1], seen.packet.to.address);
  return seen.packet;
}

}  // namespace warp::hep
