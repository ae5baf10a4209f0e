#include "warp/rtp/writer.h"

#include <cstring>

#include "warp/base/bytes.h"

namespace warp::rtp {

std::size_t write_header(const Header& header, std::span<std::byte> out) {
  if (out.size() < kFixedHeaderBytes) return 0;
  ByteWriter writer(out);
  writer.u8(2 << 6);
  writer.u8(static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | (header.payload_type & 0x7f)));
  writer.u16(header.sequence);
  writer.u32(header.timestamp);
  writer.u32(header.ssrc);
  return kFixedHeaderBytes;
}

std::size_t write_packet(const Header& header, std::span<const std::byte> payload, std::span<std::byte> out) {
  if (out.size() < kFixedHeaderBytes || out.size() - kFixedHeaderBytes < payload.size()) return 0;
  if (!payload.empty()) std::memmove(out.data() + kFixedHeaderBytes, payload.data(), payload.size());
  return write_header(header, out) + payload.size();
}

}  // namespace warp::rtp
