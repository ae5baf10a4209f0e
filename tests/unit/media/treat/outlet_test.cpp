#include "treat/outlet.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace warp::media {
namespace {

using namespace std::chrono_literals;

using Packet = std::array<std::byte, 32>;

rtp::Header header_of(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t ssrc = 7) {
  rtp::Header header;
  header.sequence = sequence;
  header.timestamp = timestamp;
  header.ssrc = ssrc;
  header.payload_type = 0;
  return header;
}

struct OutletTest : ::testing::Test {
  // Sends a relayed packet; what it became, or nothing.
  std::optional<rtp::Header> relay(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t ssrc = 7) {
    Packet packet{};
    packet[0] = std::byte{0x80};
    const auto header = header_of(sequence, timestamp, ssrc);
    packet[2] = static_cast<std::byte>(sequence >> 8);
    packet[3] = static_cast<std::byte>(sequence);
    for (unsigned i = 0; i < 4; ++i) {
      packet[4 + i] = static_cast<std::byte>(timestamp >> (24 - 8 * i));
      packet[8 + i] = static_cast<std::byte>(ssrc >> (24 - 8 * i));
    }
    if (!outlet.relay(packet, header, 0, now)) return std::nullopt;
    return *rtp::parse_header(packet);
  }
  rtp::Header say(std::uint32_t lasts = 160) {
    Packet packet{};
    outlet.write(packet, 8, false, outlet.stamp(now), lasts, now);
    return *rtp::parse_header(packet);
  }

  Outlet outlet{0x12345678};
  Monotonic now{1h};
};

TEST_F(OutletTest, RelayedPacketsStayAsTheyAreUntilThereIsOneOfOurOwn) {
  const auto first = relay(100, 1600), second = relay(105, 2400), other = relay(9, 1, 8);
  EXPECT_EQ(first->sequence, 100);
  EXPECT_EQ(second->timestamp, 2400u);
  EXPECT_EQ(other->ssrc, 8u);
  EXPECT_EQ(other->sequence, 9);
  EXPECT_TRUE(outlet.transparent());
  const auto own = say();
  EXPECT_EQ(own.ssrc, 8u);
  EXPECT_EQ(own.sequence, 10);
  EXPECT_FALSE(outlet.transparent());
}

TEST_F(OutletTest, RelayedPacketsFollowOurOwnAndKeepTheirSpacing) {
  const auto own = say();
  now += 20ms;
  const auto first = relay(65534, 5000);
  EXPECT_EQ(first->ssrc, own.ssrc);
  EXPECT_EQ(first->sequence, static_cast<std::uint16_t>(own.sequence + 1));
  EXPECT_EQ(first->timestamp, own.timestamp + 160);
  EXPECT_TRUE(first->marker);
  now += 40ms;
  const auto after_loss = relay(0, 5320);  // 65535 was lost
  EXPECT_EQ(after_loss->sequence, static_cast<std::uint16_t>(first->sequence + 2));
  EXPECT_EQ(after_loss->timestamp, first->timestamp + 320);
  EXPECT_FALSE(after_loss->marker);
  const auto late = relay(65535, 5160);  // not lost after all
  EXPECT_EQ(late->sequence, static_cast<std::uint16_t>(first->sequence + 1));
  EXPECT_EQ(late->timestamp, first->timestamp + 160);
  const auto again = say();
  EXPECT_EQ(again.sequence, static_cast<std::uint16_t>(first->sequence + 3));
}

TEST_F(OutletTest, WhatIsOlderThanOurOwnHasNoPlaceAnyMore) {
  relay(100, 1600);
  const auto own = say();
  EXPECT_TRUE(relay(103, 2080));
  EXPECT_FALSE(relay(101, 1760));
  EXPECT_FALSE(relay(102, 1920));
  const auto next = relay(104, 2240);
  EXPECT_EQ(next->sequence, static_cast<std::uint16_t>(own.sequence + 2));
}

TEST_F(OutletTest, ALongStreamDoesNotGrowOld) {
  say();
  std::uint16_t expected = relay(0, 0)->sequence;
  for (std::uint32_t i = 1; i < 200'000; ++i) {
    const auto sent = relay(static_cast<std::uint16_t>(i), i * 160);
    ASSERT_TRUE(sent) << i;
    ASSERT_EQ(sent->sequence, ++expected) << i;
  }
}

TEST_F(OutletTest, AnotherSourceFollowsWithoutAJump) {
  say();
  now += 20ms;
  const auto last = relay(5, 800, 1);
  now += 1s;
  const auto next = relay(40000, 123456, 2);
  EXPECT_EQ(next->ssrc, last->ssrc);
  EXPECT_EQ(next->sequence, static_cast<std::uint16_t>(last->sequence + 1));
  EXPECT_EQ(next->timestamp, last->timestamp + 8000);
  EXPECT_TRUE(next->marker);
}

TEST_F(OutletTest, TimeGoesOnWhileNothingIsSent) {
  outlet.set_clock(48000);
  const auto first = say(960);
  EXPECT_EQ(outlet.stamp(now + 5ms), first.timestamp + 960);
  EXPECT_EQ(outlet.stamp(now + 2s), first.timestamp + 96000);
}

TEST_F(OutletTest, AStreamMayBeReplacedUnlessItsSsrcIsTheSources) {
  say();
  relay(5, 800, 1);
  EXPECT_TRUE(outlet.replaceable());
  Outlet passed{1};
  Packet packet{};
  passed.relay(packet, header_of(1, 1), 0, now);
  EXPECT_TRUE(passed.replaceable());
  passed.write(packet, 0, false, 2, 160, now);
  EXPECT_FALSE(passed.replaceable());
}

}  // namespace
}  // namespace warp::media
