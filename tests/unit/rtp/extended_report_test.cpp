#include "warp/rtp/extended_report.h"

#include <array>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"

namespace warp::rtp {
namespace {

// A packet as it comes behind its RTCP header.
struct Writer {
  std::array<std::byte, 256> room{};
  ByteWriter out{room};

  Writer() { out.u32(0x11223344); }
  Writer& block(XrType type, std::uint8_t specific, std::uint16_t words) {
    out.u8(static_cast<std::uint8_t>(type));
    out.u8(specific);
    out.u16(words);
    return *this;
  }
  Writer& words(std::initializer_list<std::uint32_t> values) {
    for (const auto value : values)
      out.u32(value);
    return *this;
  }
  RtcpPacket packet() const { return {RtcpType::ExtendedReport, 0, out.written()}; }
};

XrBlock only(const Writer& writer) {
  auto report = ExtendedReport::parse(writer.packet());
  EXPECT_TRUE(report);
  const auto block = report->next();
  EXPECT_TRUE(block);
  EXPECT_FALSE(report->next());
  return *block;
}

TEST(ExtendedReport, WalksItsBlocksAndSkipsThoseThatItDoesNotKnow) {
  Writer writer;
  writer.block(XrType::LossRle, 0, 3).words({1, 2, 0x40000000});
  writer.block(static_cast<XrType>(200), 7, 0);
  writer.block(XrType::ReceiverTime, 0, 2).words({0x01020304, 0x05060708});
  auto report = ExtendedReport::parse(writer.packet());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->ssrc(), 0x11223344u);
  EXPECT_EQ(report->next()->type, XrType::LossRle);
  const auto unknown = report->next();
  EXPECT_EQ(unknown->specific, 7);
  EXPECT_TRUE(unknown->body.empty());
  EXPECT_FALSE(parse_receiver_time(*unknown));
  EXPECT_EQ(parse_receiver_time(*report->next()), 0x0102030405060708u);
  EXPECT_FALSE(report->next());
}

TEST(ExtendedReport, RefusesWhatIsShorterThanItSays) {
  EXPECT_EQ(ExtendedReport::parse({RtcpType::ExtendedReport, 0, {}}).error(), RtcpError::BadLength);
  Writer cut;
  cut.block(XrType::VoipMetrics, 0, 8).words({1, 2});
  EXPECT_EQ(ExtendedReport::parse(cut.packet()).error(), RtcpError::BadLength);
  Writer ragged;
  ragged.out.u16(0);
  EXPECT_EQ(ExtendedReport::parse(ragged.packet()).error(), RtcpError::TooShort);
  EXPECT_EQ(ExtendedReport::parse({RtcpType::Bye, 0, Writer().out.written()}).error(), RtcpError::BadType);
}

TEST(ExtendedReport, DlrrHasAnEntryForEachReceiver) {
  const auto block = only(Writer().block(XrType::Dlrr, 0, 6).words({1, 2, 3, 4, 5, 6}));
  ASSERT_EQ(dlrr_entries(block), 2u);
  EXPECT_EQ(dlrr_entry(block, 1).ssrc, 4u);
  EXPECT_EQ(dlrr_entry(block, 1).last_receiver_time, 5u);
  EXPECT_EQ(dlrr_entry(block, 1).delay, 6u);
  EXPECT_EQ(dlrr_entries(only(Writer().block(XrType::Dlrr, 0, 4).words({1, 2, 3, 4}))), 0u);
}

TEST(ExtendedReport, ASummaryHasWhatItsFlagsAnnounce) {
  const auto words = {0xaabbccddu, 0x00010064u, 5u, 3u, 10u, 90u, 30u, 7u, 0u};
  const auto all =
      parse_statistics_summary(only(Writer().block(XrType::StatisticsSummary, 0xe0, 9).words(words)));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->ssrc, 0xaabbccddu);
  EXPECT_EQ(all->begin, 1);
  EXPECT_EQ(all->end, 100);
  EXPECT_EQ(all->lost, 5u);
  EXPECT_EQ(all->duplicates, 3u);
  ASSERT_TRUE(all->jitter);
  EXPECT_EQ(all->jitter->least, 10u);
  EXPECT_EQ(all->jitter->most, 90u);
  EXPECT_EQ(all->jitter->mean, 30u);
  EXPECT_EQ(all->jitter->deviation, 7u);
  const auto some =
      parse_statistics_summary(only(Writer().block(XrType::StatisticsSummary, 0x40, 9).words(words)));
  EXPECT_FALSE(some->lost);
  EXPECT_EQ(some->duplicates, 3u);
  EXPECT_FALSE(some->jitter);
}

TEST(ExtendedReport, VoipMetricsByTheOctetsOfSection47) {
  const auto said = parse_voip_metrics(only(Writer()
                                                .block(XrType::VoipMetrics, 0, 8)
                                                .words({0xaabbccdd, 0x0d051020, 0x00640fa0, 0x0050003c,
                                                        0x00000010, 0x557f2a29, 0xc0000028, 0x0064012c})));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->ssrc, 0xaabbccddu);
  EXPECT_EQ(said->loss_rate, 13);
  EXPECT_EQ(said->discard_rate, 5);
  EXPECT_EQ(said->burst_density, 16);
  EXPECT_EQ(said->gap_density, 32);
  EXPECT_EQ(said->burst_ms, 100);
  EXPECT_EQ(said->gap_ms, 4000);
  EXPECT_EQ(said->round_trip_ms, 80);
  EXPECT_EQ(said->end_system_ms, 60);
  EXPECT_EQ(said->r_factor, 85);
  EXPECT_EQ(said->mos_lq10, 42);
  EXPECT_EQ(said->mos_cq10, 41);
  EXPECT_EQ(said->concealment, VoipMetrics::Concealment::Standard);
  EXPECT_EQ(said->buffer_ms, 40);
  EXPECT_EQ(said->buffer_maximum_ms, 100);
}

TEST(ExtendedReport, AFigureThatIsNotKnownIsAbsent) {
  const auto said = parse_voip_metrics(
      only(Writer().block(XrType::VoipMetrics, 0, 8).words({1, 0, 0, 0, 0, 0x7f7f7f09, 0x40000000, 0})));
  ASSERT_TRUE(said);
  EXPECT_FALSE(said->r_factor);
  EXPECT_FALSE(said->mos_lq10);
  EXPECT_FALSE(said->mos_cq10) << "0.9 is no score";
  EXPECT_EQ(said->concealment, VoipMetrics::Concealment::Disabled);
  EXPECT_FALSE(
      parse_voip_metrics(only(Writer().block(XrType::VoipMetrics, 0, 7).words({1, 0, 0, 0, 0, 0, 0}))));
}

}  // namespace
}  // namespace warp::rtp
