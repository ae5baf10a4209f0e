#include "warp/rtp/rtcp.h"

#include "warp/base/bytes.h"

namespace warp::rtp {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kReportBlockBytes = 24;
constexpr std::uint8_t kCnameItem = 1;

struct Chained {
  RtcpPacket packet;
  std::size_t size = 0;
};

Result<Chained, RtcpError> first_packet(std::span<const std::byte> rest) {
  if (rest.size() < kHeaderBytes) return RtcpError::TooShort;
  ByteReader reader(rest);
  const auto first = reader.u8();
  if (first >> 6 != 2) return RtcpError::BadVersion;
  const auto type = reader.u8();
  if (type < 192 || type > 223) return RtcpError::BadType;
  const std::size_t size = (reader.u16() + 1u) * 4u;
  if (size > rest.size()) return RtcpError::BadLength;
  auto body = rest.subspan(kHeaderBytes, size - kHeaderBytes);
  if ((first & 0x20) != 0) {
    if (size != rest.size() || body.empty()) return RtcpError::BadPadding;
    const auto padding = static_cast<std::size_t>(body.back());
    if (padding == 0 || padding % 4 != 0 || padding > body.size()) return RtcpError::BadPadding;
    body = body.first(body.size() - padding);
  }
  return Chained{{static_cast<RtcpType>(type), static_cast<std::uint8_t>(first & 0x1f), body}, size};
}

std::string_view as_text(std::span<const std::byte> bytes) {
  // A view of chars over bytes is the one cast that the language allows for any object.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string_view to_string(RtcpError error) {
  switch (error) {
    case RtcpError::TooShort:
      return "too short";
    case RtcpError::BadVersion:
      return "version is not 2";
    case RtcpError::BadType:
      return "not an RTCP packet type";
    case RtcpError::BadLength:
      return "length exceeds the packet";
    case RtcpError::BadPadding:
      return "bad padding";
  }
  return "unknown";
}

Result<RtcpCompound, RtcpError> RtcpCompound::parse(std::span<const std::byte> datagram) {
  auto rest = datagram;
  do {
    const auto packet = first_packet(rest);
    if (!packet) return packet.error();
    rest = rest.subspan(packet->size);
  } while (!rest.empty());
  return RtcpCompound(datagram);
}

std::optional<RtcpPacket> RtcpCompound::next() {
  if (rest_.empty()) return std::nullopt;
  const auto packet = first_packet(rest_);
  if (!packet) return std::nullopt;
  rest_ = rest_.subspan(packet->size);
  return packet->packet;
}

Result<Report, RtcpError> parse_report(const RtcpPacket& packet) {
  ByteReader reader(packet.body);
  Report report;
  report.ssrc = reader.u32();
  if (packet.type == RtcpType::SenderReport) {
    SenderInfo info;
    info.ntp = reader.u64();
    info.rtp_timestamp = reader.u32();
    info.packets = reader.u32();
    info.octets = reader.u32();
    report.sender = info;
  } else if (packet.type != RtcpType::ReceiverReport) {
    return RtcpError::BadType;
  }
  report.block_count = packet.count;
  report.blocks = reader.bytes(packet.count * kReportBlockBytes);
  if (!reader.ok()) return RtcpError::BadLength;
  return report;
}

ReportBlock Report::block(std::size_t index) const {
  ByteReader reader(blocks.subspan(index * kReportBlockBytes, kReportBlockBytes));
  ReportBlock block;
  block.ssrc = reader.u32();
  block.fraction_lost = reader.u8();
  const auto lost = reader.u24();
  block.cumulative_lost = static_cast<std::int32_t>(lost) - ((lost & 0x800000) != 0 ? 0x1000000 : 0);
  block.highest_sequence = reader.u32();
  block.jitter = reader.u32();
  block.last_sr = reader.u32();
  block.delay_since_last_sr = reader.u32();
  return block;
}

Result<Bye, RtcpError> parse_bye(const RtcpPacket& packet) {
  if (packet.type != RtcpType::Bye) return RtcpError::BadType;
  ByteReader reader(packet.body);
  Bye bye;
  bye.source_count = packet.count;
  bye.sources = reader.bytes(packet.count * 4u);
  if (reader.ok() && reader.remaining() > 0) {
    const auto length = reader.u8();
    bye.reason = as_text(reader.bytes(length));
  }
  if (!reader.ok()) return RtcpError::BadLength;
  return bye;
}

std::uint32_t Bye::source(std::size_t index) const {
  return ByteReader(sources.subspan(index * 4, 4)).u32();
}

Result<App, RtcpError> parse_app(const RtcpPacket& packet) {
  if (packet.type != RtcpType::App) return RtcpError::BadType;
  ByteReader reader(packet.body);
  App app;
  app.ssrc = reader.u32();
  for (auto& letter : app.name)
    letter = static_cast<char>(reader.u8());
  if (!reader.ok()) return RtcpError::BadLength;
  app.data = reader.rest();
  return app;
}

Result<std::optional<Cname>, RtcpError> parse_cname(const RtcpPacket& packet) {
  if (packet.type != RtcpType::SourceDescription) return RtcpError::BadType;
  ByteReader reader(packet.body);
  for (unsigned chunk = 0; chunk < packet.count; ++chunk) {
    const auto ssrc = reader.u32();
    while (reader.ok()) {
      const auto item = reader.u8();
      if (item == 0) break;
      const auto length = reader.u8();
      const auto text = reader.bytes(length);
      if (reader.ok() && item == kCnameItem) return std::optional(Cname{ssrc, as_text(text)});
    }
    if (!reader.ok()) return RtcpError::BadLength;
    reader.skip((4 - reader.position() % 4) % 4);
  }
  if (!reader.ok()) return RtcpError::BadLength;
  return std::optional<Cname>();
}

}  // namespace warp::rtp
