#include "warp/rtp/rtcp_writer.h"

#include <array>

#include <gtest/gtest.h>

namespace warp::rtp {
namespace {

OwnReport full_report() {
  OwnReport report;
  report.ssrc = 0x11223344;
  report.sender = SenderInfo{0x0102030405060708, 16000, 50, 8000};
  report.block = ReportBlock{0xaabbccdd, 64, -3, 0x00020001, 17, 0x03040506, 65536};
  report.cname = "abcdef@192.0.2.1";
  return report;
}

TEST(RtcpWriter, AReportReadsAsItWasWritten) {
  std::array<std::byte, 256> out{};
  auto report = full_report();
  report.bye = true;
  const auto size = write_report(report, out);
  ASSERT_NE(size, 0u);
  auto compound = RtcpCompound::parse(std::span(out).first(size));
  ASSERT_TRUE(compound);
  const auto first = compound->next();
  ASSERT_TRUE(first);
  const auto read = parse_report(*first);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ssrc, report.ssrc);
  ASSERT_TRUE(read->sender);
  EXPECT_EQ(read->sender->ntp, report.sender->ntp);
  EXPECT_EQ(read->sender->rtp_timestamp, 16000u);
  EXPECT_EQ(read->sender->packets, 50u);
  EXPECT_EQ(read->sender->octets, 8000u);
  ASSERT_EQ(read->block_count, 1);
  const auto block = read->block(0);
  EXPECT_EQ(block.ssrc, 0xaabbccdd);
  EXPECT_EQ(block.fraction_lost, 64);
  EXPECT_EQ(block.cumulative_lost, -3);
  EXPECT_EQ(block.highest_sequence, 0x00020001u);
  EXPECT_EQ(block.jitter, 17u);
  EXPECT_EQ(block.last_sr, 0x03040506u);
  EXPECT_EQ(block.delay_since_last_sr, 65536u);
  const auto second = compound->next();
  ASSERT_TRUE(second);
  const auto cname = parse_cname(*second);
  ASSERT_TRUE(cname && *cname);
  EXPECT_EQ((*cname)->text, report.cname);
  const auto third = compound->next();
  ASSERT_TRUE(third);
  const auto bye = parse_bye(*third);
  ASSERT_TRUE(bye);
  EXPECT_EQ(bye->source(0), report.ssrc);
  EXPECT_FALSE(compound->next());
}

TEST(RtcpWriter, EveryLengthOfTheNameEndsOnAWord) {
  std::array<std::byte, 512> out{};
  for (std::size_t length = 0; length <= 255; ++length) {
    const std::string name(length, 'x');
    OwnReport report;
    report.cname = name;
    const auto size = write_report(report, out);
    ASSERT_EQ(size % 4, 0u) << length;
    auto compound = RtcpCompound::parse(std::span(out).first(size));
    ASSERT_TRUE(compound) << length;
    const auto first = compound->next();
    ASSERT_EQ(first->type, RtcpType::ReceiverReport);
    const auto second = compound->next();
    ASSERT_TRUE(second);
    const auto cname = parse_cname(*second);
    ASSERT_TRUE(cname && *cname) << length;
    EXPECT_EQ((*cname)->text, name);
  }
}

TEST(RtcpWriter, NothingIsWrittenWhereItDoesNotFit) {
  std::array<std::byte, 256> out{};
  const auto size = write_report(full_report(), out);
  for (std::size_t room = 0; room < size; ++room)
    EXPECT_EQ(write_report(full_report(), std::span(out).first(room)), 0u);
}

}  // namespace
}  // namespace warp::rtp
