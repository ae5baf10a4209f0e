#include "amr_payload.h"

#include <algorithm>

namespace warp::audio {
namespace {

// RFC 4867 §3.6, table 1: modes 0..7, then the silence descriptor.
constexpr std::array<std::size_t, 9> kAmrBits = {95, 103, 118, 134, 148, 159, 204, 244, 39};

class AmrBitReader {
 public:
  explicit AmrBitReader(std::span<const std::byte> data) : data_(data) {}
  // Up to 8 bits; zeros behind the end.
  std::uint8_t take(unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i, ++at_) {
      const auto octet = at_ / 8 < data_.size() ? static_cast<unsigned>(data_[at_ / 8]) : 0;
      value = value << 1 | (octet >> (7 - at_ % 8) & 1);
    }
    return static_cast<std::uint8_t>(value);
  }
  void to_octet() { at_ = (at_ + 7) / 8 * 8; }
  bool ok() const { return at_ <= 8 * data_.size(); }
  std::size_t bits() const { return at_; }

 private:
  std::span<const std::byte> data_;
  std::size_t at_ = 0;
};

class AmrBitWriter {
 public:
  explicit AmrBitWriter(std::span<std::byte> out) : out_(out) {}
  void put(unsigned value, unsigned count) {
    for (unsigned i = count; i-- > 0; ++at_) {
      if (at_ / 8 >= out_.size()) continue;
      if (at_ % 8 == 0) out_[at_ / 8] = std::byte{0};
      out_[at_ / 8] |= static_cast<std::byte>((value >> i & 1) << (7 - at_ % 8));
    }
  }
  void to_octet() {
    while (at_ % 8 != 0)
      put(0, 1);
  }
  std::size_t octets() const { return (at_ + 7) / 8; }

 private:
  std::span<std::byte> out_;
  std::size_t at_ = 0;
};

std::size_t amr_octets(std::size_t bits) {
  return (bits + 7) / 8;
}

// The table of contents, and whether the payload is as long as it says. Returns the count of frames.
std::size_t read_contents(AmrBitReader& reader, std::size_t size, bool octet_aligned, AmrPayload& to) {
  std::size_t count = 0, frame_bits = 0;
  for (bool more = true; more; ++count) {
    if (count == kAmrMostFrames) return 0;
    more = reader.take(1) != 0;
    auto& frame = to.frames[count];
    frame.type = reader.take(4);
    frame.good = reader.take(1) != 0;
    if (octet_aligned) reader.to_octet();
    const auto bits = amr_frame_bits(frame.type);
    if (!reader.ok() || !bits) return 0;
    frame_bits += octet_aligned ? 8 * amr_octets(*bits) : *bits;
  }
  return amr_octets(reader.bits() + frame_bits) == size ? count : 0;
}

std::size_t read_head(AmrBitReader& reader, std::size_t size, bool octet_aligned, AmrPayload& to) {
  to.request = reader.take(4);
  if (octet_aligned) reader.to_octet();
  return read_contents(reader, size, octet_aligned, to);
}

}  // namespace

std::optional<std::size_t> amr_frame_bits(std::uint8_t type) {
  if (type < kAmrBits.size()) return kAmrBits[type];
  if (type == kAmrNoData) return 0;
  return std::nullopt;
}

std::size_t amr_frame_count(std::span<const std::byte> payload, bool octet_aligned) {
  AmrBitReader reader(payload);
  AmrPayload scratch;
  return read_head(reader, payload.size(), octet_aligned, scratch);
}

bool parse_amr(std::span<const std::byte> payload, bool octet_aligned, AmrPayload& to) {
  AmrBitReader reader(payload);
  to.count = read_head(reader, payload.size(), octet_aligned, to);
  for (std::size_t index = 0; index < to.count; ++index) {
    auto& frame = to.frames[index];
    frame.octets.fill(0);
    frame.octets[0] = static_cast<std::uint8_t>(frame.type << 3 | (frame.good ? 4 : 0));
    auto left = static_cast<unsigned>(amr_frame_bits(frame.type).value_or(0));
    for (std::size_t at = 1; left > 0; ++at) {
      const auto taken = std::min(left, 8u);
      frame.octets[at] = static_cast<std::uint8_t>(reader.take(taken) << (8 - taken));
      left -= taken;
    }
    if (octet_aligned) reader.to_octet();
  }
  return to.count > 0;
}

std::size_t write_amr(const AmrPayload& payload, bool octet_aligned, std::span<std::byte> out) {
  AmrBitWriter writer(out);
  if (payload.count == 0 || payload.count > kAmrMostFrames) return 0;
  writer.put(payload.request, 4);
  if (octet_aligned) writer.to_octet();
  for (std::size_t index = 0; index < payload.count; ++index) {
    const auto& frame = payload.frames[index];
    writer.put(index + 1 < payload.count ? 1 : 0, 1);
    writer.put(frame.type, 4);
    writer.put(frame.good ? 1 : 0, 1);
    if (octet_aligned) writer.to_octet();
  }
  for (std::size_t index = 0; index < payload.count; ++index) {
    const auto& frame = payload.frames[index];
    auto left = static_cast<unsigned>(amr_frame_bits(frame.type).value_or(0));
    for (std::size_t at = 1; left > 0; ++at) {
      const auto put = std::min(left, 8u);
      writer.put(static_cast<unsigned>(frame.octets[at]) >> (8 - put), put);
      left -= put;
    }
    if (octet_aligned) writer.to_octet();
  }
  writer.to_octet();
  return writer.octets() <= out.size() ? writer.octets() : 0;
}

}  // namespace warp::audio
