#include "warp/rtp/rtcp_writer.h"

#include "warp/base/bytes.h"

namespace warp::rtp {
namespace {

constexpr std::size_t kSenderWords = 5, kBlockWords = 6;
constexpr std::uint8_t kWrittenCname = 1;

void write_rtcp_header(ByteWriter& writer, unsigned count, RtcpType type, std::size_t words) {
  writer.u8(static_cast<std::uint8_t>(0x80 | count));
  writer.u8(static_cast<std::uint8_t>(type));
  writer.u16(static_cast<std::uint16_t>(words));
}

void write_block(ByteWriter& writer, const ReportBlock& block) {
  writer.u32(block.ssrc);
  writer.u32(static_cast<std::uint32_t>(block.fraction_lost) << 24 |
             (static_cast<std::uint32_t>(block.cumulative_lost) & 0xffffff));
  writer.u32(block.highest_sequence);
  writer.u32(block.jitter);
  writer.u32(block.last_sr);
  writer.u32(block.delay_since_last_sr);
}

void write_cname(ByteWriter& writer, std::uint32_t ssrc, std::string_view cname) {
  cname = cname.substr(0, 255);
  // SSRC, the item, at least one zero octet, up to a whole word.
  const std::size_t words = 1 + (2 + cname.size() + 1 + 3) / 4;
  write_rtcp_header(writer, 1, RtcpType::SourceDescription, words);
  writer.u32(ssrc);
  writer.u8(kWrittenCname);
  writer.u8(static_cast<std::uint8_t>(cname.size()));
  writer.bytes(as_bytes(cname));
  for (std::size_t at = 2 + cname.size(); at < (words - 1) * 4; ++at)
    writer.u8(0);
}

}  // namespace

std::size_t write_report(const OwnReport& report, std::span<std::byte> out) {
  ByteWriter writer(out);
  const std::size_t words = 1 + (report.sender ? kSenderWords : 0) + (report.block ? kBlockWords : 0);
  write_rtcp_header(writer, report.block ? 1 : 0,
                    report.sender ? RtcpType::SenderReport : RtcpType::ReceiverReport, words);
  writer.u32(report.ssrc);
  if (report.sender) {
    writer.u64(report.sender->ntp);
    writer.u32(report.sender->rtp_timestamp);
    writer.u32(report.sender->packets);
    writer.u32(report.sender->octets);
  }
  if (report.block) write_block(writer, *report.block);
  write_cname(writer, report.ssrc, report.cname);
  if (report.bye) {
    write_rtcp_header(writer, 1, RtcpType::Bye, 1);
    writer.u32(report.ssrc);
  }
  return writer.ok() ? writer.written().size() : 0;
}

}  // namespace warp::rtp
