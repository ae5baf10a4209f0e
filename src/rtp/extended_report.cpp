#include "warp/rtp/extended_report.h"

#include "warp/base/bytes.h"

namespace warp::rtp {
namespace {

constexpr std::size_t kBlockHeader = 4;
constexpr std::size_t kDlrrOctets = 12;
constexpr std::size_t kSummaryOctets = 36;
constexpr std::size_t kVoipOctets = 32;
constexpr std::uint8_t kSaysLost = 0x80, kSaysDuplicates = 0x40, kSaysJitter = 0x20;

struct ChainedBlock {
  XrBlock block;
  std::size_t size = 0;
};

Result<ChainedBlock, RtcpError> first_block(std::span<const std::byte> rest) {
  if (rest.size() < kBlockHeader) return RtcpError::TooShort;
  ByteReader reader(rest);
  ChainedBlock out;
  out.block.type = static_cast<XrType>(reader.u8());
  out.block.specific = reader.u8();
  out.size = (reader.u16() + 1u) * 4u;
  if (out.size > rest.size()) return RtcpError::BadLength;
  out.block.body = rest.subspan(kBlockHeader, out.size - kBlockHeader);
  return out;
}

std::optional<std::uint8_t> known(std::uint8_t figure, std::uint8_t least, std::uint8_t most) {
  return figure >= least && figure <= most ? std::optional(figure) : std::nullopt;
}

}  // namespace

Result<ExtendedReport, RtcpError> ExtendedReport::parse(const RtcpPacket& packet) {
  if (packet.type != RtcpType::ExtendedReport) return RtcpError::BadType;
  ByteReader reader(packet.body);
  const auto ssrc = reader.u32();
  if (!reader.ok()) return RtcpError::BadLength;
  const auto blocks = reader.rest();
  for (auto rest = blocks; !rest.empty();) {
    const auto block = first_block(rest);
    if (!block) return block.error();
    rest = rest.subspan(block->size);
  }
  return ExtendedReport(ssrc, blocks);
}

std::optional<XrBlock> ExtendedReport::next() {
  if (rest_.empty()) return std::nullopt;
  const auto block = first_block(rest_);
  if (!block) return std::nullopt;
  rest_ = rest_.subspan(block->size);
  return block->block;
}

std::optional<std::uint64_t> parse_receiver_time(const XrBlock& block) {
  if (block.type != XrType::ReceiverTime || block.body.size() != 8) return std::nullopt;
  return ByteReader(block.body).u64();
}

std::size_t dlrr_entries(const XrBlock& block) {
  if (block.type != XrType::Dlrr || block.body.size() % kDlrrOctets != 0) return 0;
  return block.body.size() / kDlrrOctets;
}

DlrrEntry dlrr_entry(const XrBlock& block, std::size_t index) {
  ByteReader reader(block.body.subspan(index * kDlrrOctets, kDlrrOctets));
  DlrrEntry entry;
  entry.ssrc = reader.u32();
  entry.last_receiver_time = reader.u32();
  entry.delay = reader.u32();
  return entry;
}

std::optional<StatisticsSummary> parse_statistics_summary(const XrBlock& block) {
  if (block.type != XrType::StatisticsSummary || block.body.size() != kSummaryOctets) return std::nullopt;
  ByteReader reader(block.body);
  StatisticsSummary summary;
  summary.ssrc = reader.u32();
  summary.begin = reader.u16();
  summary.end = reader.u16();
  const auto lost = reader.u32(), duplicates = reader.u32();
  StatisticsSummary::Jitter jitter;
  jitter.least = reader.u32();
  jitter.most = reader.u32();
  jitter.mean = reader.u32();
  jitter.deviation = reader.u32();
  if ((block.specific & kSaysLost) != 0) summary.lost = lost;
  if ((block.specific & kSaysDuplicates) != 0) summary.duplicates = duplicates;
  if ((block.specific & kSaysJitter) != 0) summary.jitter = jitter;
  return summary;
}

std::optional<VoipMetrics> parse_voip_metrics(const XrBlock& block) {
  if (block.type != XrType::VoipMetrics || block.body.size() != kVoipOctets) return std::nullopt;
  ByteReader reader(block.body);
  VoipMetrics metrics;
  metrics.ssrc = reader.u32();
  metrics.loss_rate = reader.u8();
  metrics.discard_rate = reader.u8();
  metrics.burst_density = reader.u8();
  metrics.gap_density = reader.u8();
  metrics.burst_ms = reader.u16();
  metrics.gap_ms = reader.u16();
  metrics.round_trip_ms = reader.u16();
  metrics.end_system_ms = reader.u16();
  reader.skip(4);  // signal, noise, residual echo return loss, Gmin
  metrics.r_factor = known(reader.u8(), 0, 100);
  reader.skip(1);  // external R factor
  metrics.mos_lq10 = known(reader.u8(), 10, 50);
  metrics.mos_cq10 = known(reader.u8(), 10, 50);
  metrics.concealment = static_cast<VoipMetrics::Concealment>(reader.u8() >> 6);
  reader.skip(1);
  metrics.buffer_ms = reader.u16();
  metrics.buffer_maximum_ms = reader.u16();
  return metrics;
}

}  // namespace warp::rtp
