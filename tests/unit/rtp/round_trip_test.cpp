#include "warp/rtp/round_trip.h"

#include <gtest/gtest.h>

namespace warp::rtp {
namespace {

using namespace std::chrono_literals;

const Monotonic kStart{1000s};

SenderInfo info(std::uint32_t middle) {
  SenderInfo out;
  out.ntp = std::uint64_t{middle} << 16;
  return out;
}

ReportBlock block(std::uint32_t ssrc, std::uint32_t last_sr, std::uint32_t delay) {
  ReportBlock out;
  out.ssrc = ssrc;
  out.last_sr = last_sr;
  out.delay_since_last_sr = delay;
  return out;
}

TEST(RoundTrip, IsTheTimePassedWithoutTheDelayAtThePeer) {
  RoundTrip trip;
  trip.sender_report_sent(5, info(0xabcd1234), kStart);
  // Half a second of 530 ms was spent at the peer.
  EXPECT_EQ(trip.answered(block(5, 0xabcd1234, 0x8000), kStart + 530ms), 30ms);
}

TEST(RoundTrip, AnswersOnlyWhatWasAsked) {
  RoundTrip trip;
  EXPECT_FALSE(trip.answered(block(5, 0, 0), kStart));
  trip.sender_report_sent(5, info(7), kStart);
  EXPECT_FALSE(trip.answered(block(6, 7, 0), kStart + 1ms));
  EXPECT_FALSE(trip.answered(block(5, 8, 0), kStart + 1ms));
  EXPECT_FALSE(trip.answered(block(5, 7, 0x10000), kStart + 1ms));  // held longer than passed
  EXPECT_TRUE(trip.answered(block(5, 7, 0), kStart + 1ms));
}

TEST(RoundTrip, RemembersTheLastFour) {
  RoundTrip trip;
  for (std::uint32_t i = 1; i <= 5; ++i)
    trip.sender_report_sent(5, info(i), kStart + i * 1s);
  EXPECT_FALSE(trip.answered(block(5, 1, 0), kStart + 6s));
  EXPECT_EQ(trip.answered(block(5, 2, 0), kStart + 6s), 4s);
}

}  // namespace
}  // namespace warp::rtp
