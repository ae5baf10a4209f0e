#include "end.h"

#include <algorithm>
#include <cstring>

#include "warp/base/bytes.h"

namespace warp::bench {
namespace {

constexpr std::size_t kPlainPayload = 160;

}  // namespace

std::size_t End::next(const Side& side, std::int64_t now, std::span<std::byte> out) {
  ByteWriter writer(out);
  writer.u8(0x80);
  writer.u8(side.format.type);
  writer.u16(sequence);
  writer.u32(timestamp);
  writer.u32(ssrc);
  std::size_t size = kHeader;
  if (side.voice.empty()) {
    std::fill_n(out.begin() + kHeader, kPlainPayload, std::byte{0xd5});
    std::memcpy(out.data() + kHeader, &now, sizeof now);
    size += kPlainPayload;
  } else {
    // Not all ends at the same syllable.
    const auto& payload = side.voice[(sequence + ssrc) % side.voice.size()];
    writer.bytes(payload);
    size += payload.size();
  }
  ++sequence;
  timestamp += side.format.parameters.clock_rate / 1000 * kFrameMs;
  if (!seal) return size;
  const auto sealed = seal->protect(out, size);
  return sealed ? *sealed : 0;
}

bool End::takes(const Side& side, std::span<std::byte> packet, std::size_t& size) const {
  size = packet.size();
  if (open) {
    const auto opened = open->unprotect(packet);
    if (!opened) return false;
    size = *opened;
  }
  if (size < kHeader || (packet[1] & std::byte{0x7f}) != static_cast<std::byte>(side.format.type))
    return false;
  return !side.voice.empty() || size == kHeader + kPlainPayload;
}

}  // namespace warp::bench
