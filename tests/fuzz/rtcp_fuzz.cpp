// RTCP: what parses can be walked to its end: reports, names, goodbyes and the blocks of extended reports,
// all of them within the datagram and each figure within its bounds.
#include "warp/rtp/extended_report.h"

#include "check.h"

namespace {

using namespace warp;

void walk_extended(const rtp::RtcpPacket& packet) {
  auto report = rtp::ExtendedReport::parse(packet);
  if (!report) return;
  std::size_t octets = 4;
  while (const auto block = report->next()) {
    octets += 4 + block->body.size();
    const auto entries = rtp::dlrr_entries(*block);
    for (std::size_t i = 0; i < entries; ++i)
      (void)rtp::dlrr_entry(*block, i);
    const int meanings = int{rtp::parse_receiver_time(*block).has_value()} + int{entries > 0} +
                         int{rtp::parse_statistics_summary(*block).has_value()} +
                         int{rtp::parse_voip_metrics(*block).has_value()};
    FUZZ_CHECK(meanings <= 1);
    if (const auto said = rtp::parse_voip_metrics(*block)) {
      FUZZ_CHECK(!said->r_factor || *said->r_factor <= 100);
      FUZZ_CHECK(!said->mos_lq10 || (*said->mos_lq10 >= 10 && *said->mos_lq10 <= 50));
      FUZZ_CHECK(!said->mos_cq10 || (*said->mos_cq10 >= 10 && *said->mos_cq10 <= 50));
    }
  }
  FUZZ_CHECK(octets == packet.body.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto compound = rtp::RtcpCompound::parse(std::as_bytes(std::span(data, size)));
  if (!compound) return 0;
  std::size_t octets = 0;
  while (const auto packet = compound->next()) {
    octets += 4 + packet->body.size();
    if (const auto report = rtp::parse_report(*packet))
      for (std::size_t i = 0; i < report->block_count; ++i)
        (void)report->block(i);
    if (const auto bye = rtp::parse_bye(*packet))
      for (std::size_t i = 0; i < bye->source_count; ++i)
        (void)bye->source(i);
    (void)rtp::parse_app(*packet);
    (void)rtp::parse_cname(*packet);
    walk_extended(*packet);
  }
  FUZZ_CHECK(octets <= size);
  return 0;
}
