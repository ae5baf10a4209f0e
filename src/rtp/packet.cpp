#include "warp/rtp/packet.h"

#include "warp/base/bytes.h"

namespace warp::rtp {

std::string_view to_string(PacketError error) {
  switch (error) {
    case PacketError::TooShort:
      return "too short";
    case PacketError::BadVersion:
      return "version is not 2";
    case PacketError::BadCsrc:
      return "CSRC list exceeds the packet";
    case PacketError::BadExtension:
      return "header extension exceeds the packet";
    case PacketError::BadPadding:
      return "padding exceeds the payload";
  }
  return "unknown";
}

Result<Header, PacketError> parse_header(std::span<const std::byte> packet) {
  if (packet.size() < kFixedHeaderBytes) return PacketError::TooShort;
  ByteReader reader(packet);
  const auto first = reader.u8();
  if (first >> 6 != 2) return PacketError::BadVersion;
  Header header;
  header.padding = (first & 0x20) != 0;
  header.extension = (first & 0x10) != 0;
  header.csrc_count = first & 0x0f;
  const auto second = reader.u8();
  header.marker = (second & 0x80) != 0;
  header.payload_type = second & 0x7f;
  header.sequence = reader.u16();
  header.timestamp = reader.u32();
  header.ssrc = reader.u32();
  reader.skip(header.csrc_count * 4u);
  if (!reader.ok()) return PacketError::BadCsrc;
  if (header.extension) {
    reader.skip(2);
    const auto words = reader.u16();
    reader.skip(words * 4u);
    if (!reader.ok()) return PacketError::BadExtension;
  }
  header.payload_offset = reader.position();
  return header;
}

Result<std::span<const std::byte>, PacketError> payload(std::span<const std::byte> packet,
                                                        const Header& header) {
  if (header.payload_offset > packet.size()) return PacketError::TooShort;
  const auto body = packet.subspan(header.payload_offset);
  if (!header.padding) return body;
  if (body.empty()) return PacketError::BadPadding;
  const auto padding = static_cast<std::size_t>(body.back());
  if (padding == 0 || padding > body.size()) return PacketError::BadPadding;
  return body.first(body.size() - padding);
}

Kind classify(std::span<const std::byte> datagram) {
  if (datagram.size() < 2) return Kind::Unknown;
  const auto first = static_cast<std::uint8_t>(datagram[0]);
  const auto second = static_cast<std::uint8_t>(datagram[1]);
  if (first >= 128 && first <= 191) return second >= 192 && second <= 223 ? Kind::Rtcp : Kind::Rtp;
  if (first <= 3) return Kind::Stun;
  if (first >= 20 && first <= 63) return Kind::Dtls;
  return Kind::Unknown;
}

}  // namespace warp::rtp
