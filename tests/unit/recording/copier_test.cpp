// Copies towards a recorder: one stream a side whatever comes, masked digits, reports, encryption, the end.
#include "warp/recording/copier.h"

#include <gtest/gtest.h>

#include "warp/rtp/rtcp.h"
#include "warp/rtp/writer.h"

#include "support/fake_media.h"
#include "support/manual_clock.h"
#include "support/manual_executor.h"

namespace warp::recording {
namespace {

using domain::MediaSide;
using namespace std::chrono_literals;

domain::SocketAddress address(const char* text) {
  return *domain::SocketAddress::parse(text);
}

struct CopierTest : ::testing::Test {
  CopierTest() {
    domain::MediaSessionRequest request;
    auto opened = *media.open(request, executor, [] {});
    outlet = &media.only();
    Copier::Start start;
    start.ssrcs = {0x11111111, 0x22222222};
    start.sequences = {1000, 65535};
    start.timestamps = {5000, 6000};
    start.cname = "us";
    copier = std::make_unique<Copier>(std::move(opened), 0, start);
    copier->lead(MediaSide::A, way("192.0.2.1:4000"));
    copier->lead(MediaSide::B, way("192.0.2.1:4002"));
  }
  static CopyWay way(const char* to) {
    CopyWay way;
    way.types.fill(CopyWay::kUnwanted);
    way.types[0] = 0;
    way.types[8] = 96;
    way.clocks[0] = way.clocks[8] = 8000;
    way.rtp = way.rtcp = address(to);
    ++way.rtcp.port;
    return way;
  }
  void say(MediaSide side, std::uint16_t sequence, std::uint32_t timestamp, std::uint8_t type = 0,
           std::uint32_t ssrc = 7, bool rtcp = false) {
    rtp::Header header;
    header.payload_type = type;
    header.sequence = sequence;
    header.timestamp = timestamp;
    header.ssrc = ssrc;
    const std::array<std::byte, 3> payload{std::byte{1}, std::byte{2}, std::byte{3}};
    std::array<std::byte, 64> out;
    const auto size = rtp::write_packet(header, payload, out);
    copier->packet(side, 0, std::span(out).first(size),
                   {address("192.0.2.9:1"), address("192.0.2.8:1"), rtcp}, clock.now());
  }
  rtp::Header sent(std::size_t at) const { return *rtp::parse_header(outlet->sent.at(at).datagram); }

  test::FakeMedia media;
  test::ManualExecutor executor;
  test::ManualClock clock;
  test::FakeMedia::Session* outlet = nullptr;
  std::unique_ptr<Copier> copier;
};

TEST_F(CopierTest, EachSideIsItsOwnStreamFromItsOwnPort) {
  say(MediaSide::A, 10, 100);
  say(MediaSide::B, 20, 200, 8);
  ASSERT_EQ(outlet->sent.size(), 2u);
  EXPECT_EQ(outlet->sent[0].from, MediaSide::A);
  EXPECT_EQ(outlet->sent[0].to, address("192.0.2.1:4000"));
  EXPECT_EQ(outlet->sent[1].from, MediaSide::B);
  EXPECT_EQ(outlet->sent[1].to, address("192.0.2.1:4002"));
  EXPECT_EQ(sent(0).ssrc, 0x11111111u);
  EXPECT_EQ(sent(0).sequence, 1000);
  EXPECT_EQ(sent(0).timestamp, 5000u);
  EXPECT_EQ(sent(1).ssrc, 0x22222222u);
  EXPECT_EQ(sent(1).payload_type, 96) << "as the recorder numbers it";
  EXPECT_EQ(sent(1).sequence, 65535);
  EXPECT_EQ(outlet->sent[0].datagram.size(), 15u);
}

TEST_F(CopierTest, LossAndOrderStayAsTheyWere) {
  for (const std::uint16_t sequence : {10, 11, 14, 13})
    say(MediaSide::B, sequence, sequence * 160u);
  EXPECT_EQ(sent(0).sequence, 65535);
  EXPECT_EQ(sent(1).sequence, 0);
  EXPECT_EQ(sent(2).sequence, 3);
  EXPECT_EQ(sent(3).sequence, 2);
  EXPECT_EQ(sent(3).timestamp - sent(0).timestamp, 480u);
}

TEST_F(CopierTest, AnotherSourceGoesOnWhereTheLastOneWas) {
  say(MediaSide::A, 10, 100);
  say(MediaSide::A, 12, 420);
  clock.advance(1s);
  say(MediaSide::A, 60000, 0xfffffff0u, 0, 99);
  EXPECT_EQ(sent(2).ssrc, 0x11111111u);
  EXPECT_EQ(sent(2).sequence, 1003);
  EXPECT_EQ(sent(2).timestamp, 5000u + 320 + 8000);
  say(MediaSide::A, 60001, 0xfffffff0u + 160, 0, 99);
  EXPECT_EQ(sent(3).sequence, 1004);
  EXPECT_EQ(sent(3).timestamp, sent(2).timestamp + 160);
}

TEST_F(CopierTest, MaskedDigitsLeaveNoGap) {
  CopyWay masked = way("192.0.2.1:4000");
  masked.types[101] = CopyWay::kMasked;
  copier->lead(MediaSide::A, masked);
  say(MediaSide::A, 10, 100);
  for (std::uint16_t at = 11; at < 16; ++at)
    say(MediaSide::A, at, 260, 101);
  say(MediaSide::A, 16, 1060);
  ASSERT_EQ(outlet->sent.size(), 2u);
  EXPECT_EQ(sent(1).sequence, 1001);
  EXPECT_EQ(copier->totals().masked, 5u);
  EXPECT_EQ(copier->totals().sent, 2u);
}

TEST_F(CopierTest, NoNumberIsUsedTwiceWhateverTheOrderOfMaskedDigits) {
  CopyWay masked = way("192.0.2.1:4000");
  masked.types[101] = CopyWay::kMasked;
  copier->lead(MediaSide::A, masked);
  say(MediaSide::A, 10, 100);
  say(MediaSide::A, 12, 420);
  say(MediaSide::A, 11, 260, 101);  // behind a later one: its number stays unused
  say(MediaSide::A, 13, 580, 101);
  say(MediaSide::A, 13, 580, 101);  // twice
  say(MediaSide::A, 12, 420);       // twice, and its number would be another's by now
  say(MediaSide::A, 15, 900, 101);  // what is before it is still to come
  say(MediaSide::A, 14, 740);
  say(MediaSide::A, 16, 1060);
  std::vector<int> numbers;
  for (std::size_t at = 0; at < outlet->sent.size(); ++at)
    numbers.push_back(sent(at).sequence);
  EXPECT_EQ(numbers, (std::vector{1000, 1002, 1003, 1005}));
  EXPECT_EQ(copier->totals().lost, 1u);
  EXPECT_EQ(copier->totals().masked, 4u);
}

TEST_F(CopierTest, WhatIsNotForTheRecorderStays) {
  say(MediaSide::A, 10, 100, 18);
  say(MediaSide::A, 11, 100, 0, 7, true);
  copier->packet(MediaSide::A, 1, {}, {}, clock.now());
  copier->packet(MediaSide::A, 0, {}, {}, clock.now());
  CopyWay nowhere = way("192.0.2.1:4000");
  nowhere.rtp.port = 0;
  copier->lead(MediaSide::A, nowhere);
  say(MediaSide::A, 12, 100);
  EXPECT_TRUE(outlet->sent.empty());
}

TEST_F(CopierTest, ReportsSayWhatWasSentAndWhen) {
  say(MediaSide::A, 10, 100);
  say(MediaSide::A, 11, 260);
  clock.advance(2s);
  copier->report(clock.now(), WallTime(1'000'000us));
  ASSERT_EQ(outlet->sent.size(), 4u) << "and an empty one of the side that is silent";
  EXPECT_TRUE(outlet->sent[2].rtcp);
  EXPECT_EQ(outlet->sent[2].to, address("192.0.2.1:4001"));
  auto compound = rtp::RtcpCompound::parse(outlet->sent[2].datagram);
  const auto report = rtp::parse_report(*compound->next());
  ASSERT_TRUE(report && report->sender);
  EXPECT_EQ(report->ssrc, 0x11111111u);
  EXPECT_EQ(report->sender->packets, 2u);
  EXPECT_EQ(report->sender->octets, 6u);
  EXPECT_EQ(report->sender->rtp_timestamp, 5000u + 160 + 16000);
  EXPECT_EQ(report->sender->ntp, 2'208'988'801ull << 32);
  EXPECT_EQ(compound->next()->type, rtp::RtcpType::SourceDescription);
  auto other = rtp::RtcpCompound::parse(outlet->sent[3].datagram);
  EXPECT_FALSE(rtp::parse_report(*other->next())->sender);
}

TEST_F(CopierTest, TheEndIsSaidAndNothingComesAfterIt) {
  say(MediaSide::A, 10, 100);
  copier->close(clock.now(), WallTime{});
  EXPECT_TRUE(media.live.empty()) << "the ports are given back";
  say(MediaSide::A, 11, 260);
  copier->report(clock.now(), WallTime{});
  EXPECT_EQ(copier->totals().sent, 1u);
  EXPECT_EQ(copier->local(MediaSide::A).port, 0);
}

TEST_F(CopierTest, EncryptedAsTheKeySays) {
  CopyWay secret = way("192.0.2.1:4000");
  secret.key.emplace();
  secret.key->fill(std::byte{0x42});
  copier->lead(MediaSide::A, secret);
  say(MediaSide::A, 10, 100);
  copier->report(clock.now(), WallTime{});
  auto reader = *srtp::Session::make(srtp::Suite::AesCm128Sha1_80, *secret.key, srtp::Direction::Receive);
  auto packet = outlet->sent[0].datagram;
  ASSERT_EQ(packet.size(), 25u);
  const auto size = reader->unprotect(packet);
  ASSERT_TRUE(size);
  EXPECT_EQ(*size, 15u);
  EXPECT_EQ(packet[12], std::byte{1});
  EXPECT_EQ(outlet->sent[1].from, MediaSide::A);
  auto report = outlet->sent[1].datagram;
  EXPECT_TRUE(reader->unprotect_rtcp(report));
}

}  // namespace
}  // namespace warp::recording
