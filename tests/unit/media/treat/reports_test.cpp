#include "treat/reports.h"

#include <gtest/gtest.h>

#include "warp/rtp/rtcp_writer.h"

namespace warp::media {
namespace {

using namespace std::chrono_literals;

struct ReportsTest : ::testing::Test {
  void say(std::uint16_t sequence) {
    std::array<std::byte, 32> packet{};
    outlet.write(packet, 0, false, outlet.stamp(now), 160, now);
    outlet.sent(20);
    rtp::Header header;
    header.sequence = sequence;
    header.ssrc = 0xbeef;
    header.timestamp = sequence * 160u;
    side.received.receive(header, 8000,
                          std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()));
    now += 20ms;
  }
  std::optional<rtp::Report> written(bool bye = false) {
    size = reports.write(side, outlet, "name", bye, buffer, now);
    if (size == 0) return std::nullopt;
    auto compound = rtp::RtcpCompound::parse(std::span(buffer).first(size));
    return *rtp::parse_report(*compound->next());
  }

  Reports reports;
  Side side;
  Outlet outlet{0xabcd};
  Monotonic now{10h};
  std::array<std::byte, Reports::kMost> buffer{};
  std::size_t size = 0;
};

TEST_F(ReportsTest, NothingIsReportedOfNothing) {
  EXPECT_FALSE(written());
}

TEST_F(ReportsTest, BothDirectionsAreReported) {
  for (std::uint16_t i = 0; i < 10; ++i)
    if (i != 5) say(i);
  const auto report = written();
  ASSERT_TRUE(report && report->sender);
  EXPECT_EQ(report->ssrc, outlet.ssrc());
  EXPECT_EQ(report->sender->packets, 9u);
  EXPECT_EQ(report->sender->octets, 180u);
  ASSERT_EQ(report->block_count, 1);
  EXPECT_EQ(report->block(0).ssrc, 0xbeefu);
  EXPECT_EQ(report->block(0).cumulative_lost, 1);
  EXPECT_EQ(report->block(0).highest_sequence & 0xffff, 9u);
  EXPECT_FALSE(reports.due(now + 4s));
  EXPECT_TRUE(reports.due(now + 5s));
}

TEST_F(ReportsTest, RoundTripAndLossAreReadOutOfThePeersAnswer) {
  for (std::uint16_t i = 0; i < 5; ++i)
    say(i);
  const auto ours = written();
  ASSERT_TRUE(ours);
  rtp::OwnReport theirs;
  theirs.ssrc = 0xbeef;
  theirs.block = rtp::ReportBlock{outlet.ssrc(), 64, 1, 5, 0, ours->sender->ntp_middle(), 65536 / 4};
  std::array<std::byte, 256> answer{};
  const auto answered = rtp::write_report(theirs, answer);
  EXPECT_FALSE(reports.read(side, outlet, std::span(answer).first(answered), now + 300ms));
  EXPECT_NEAR(static_cast<double>(side.counters.rtt_us.value()), 50'000, 100);
  EXPECT_EQ(side.counters.remote_loss_percent.value(), 25u);
  // Of somebody else's stream nothing is believed.
  theirs.block->ssrc = 1;
  theirs.block->fraction_lost = 255;
  theirs.bye = true;
  EXPECT_TRUE(reports.read(side, outlet, std::span(answer).first(rtp::write_report(theirs, answer)), now));
  EXPECT_EQ(side.counters.remote_loss_percent.value(), 25u);
}

TEST_F(ReportsTest, ThePeersLastReportIsAnswered) {
  say(0);
  say(1);
  rtp::OwnReport theirs;
  theirs.ssrc = 0xbeef;
  theirs.sender = rtp::SenderInfo{0x0000111122223333, 0, 1, 1};
  std::array<std::byte, 256> theirs_bytes{};
  reports.read(side, outlet, std::span(theirs_bytes).first(rtp::write_report(theirs, theirs_bytes)), now);
  now += 500ms;
  const auto report = written();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->block(0).last_sr, 0x11112222u);
  EXPECT_EQ(report->block(0).delay_since_last_sr, 32768u);
}

}  // namespace
}  // namespace warp::media
