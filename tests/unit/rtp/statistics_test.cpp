#include "warp/rtp/statistics.h"

#include <gtest/gtest.h>

namespace warp::rtp {
namespace {

using Verdict = SequenceTracker::Verdict;
using std::chrono::microseconds;

Header header(std::uint16_t sequence, std::uint32_t timestamp = 0, std::uint32_t ssrc = 1) {
  Header out;
  out.sequence = sequence;
  out.timestamp = timestamp;
  out.ssrc = ssrc;
  return out;
}

TEST(SequenceTracker, ValidAfterTwoInSequence) {
  SequenceTracker tracker(100);
  EXPECT_EQ(tracker.receive(100), Verdict::Probation);
  EXPECT_EQ(tracker.receive(102), Verdict::Probation);
  EXPECT_EQ(tracker.receive(103), Verdict::Valid);
  EXPECT_EQ(tracker.received(), 1u);
  EXPECT_EQ(tracker.expected(), 1u);
}

TEST(SequenceTracker, CountsAcrossTheWrapAndLateOnes) {
  SequenceTracker tracker(65533);
  for (std::uint16_t sequence : {65533, 65534, 65535, 1, 0, 2})
    tracker.receive(sequence);
  EXPECT_EQ(tracker.extended_highest(), 65536u + 2);
  EXPECT_EQ(tracker.received(), 5u);
  EXPECT_EQ(tracker.expected(), 5u);
}

TEST(SequenceTracker, AJumpIsBelievedWhenItIsFollowed) {
  SequenceTracker tracker(1);
  for (std::uint16_t sequence : {1, 2, 3})
    tracker.receive(sequence);
  EXPECT_EQ(tracker.receive(30000), Verdict::Jump);
  EXPECT_EQ(tracker.receive(4), Verdict::Valid);
  EXPECT_EQ(tracker.receive(30000), Verdict::Jump);
  EXPECT_EQ(tracker.receive(30001), Verdict::Valid);
  EXPECT_EQ(tracker.expected(), 4u);  // 2, 3, 4 and 30001
  EXPECT_EQ(tracker.received(), 4u);
}

TEST(ReceiveStatistics, LossAndFractionAsInA3) {
  ReceiveStatistics statistics;
  for (std::uint16_t sequence = 0; sequence <= 10; ++sequence)
    if (sequence != 4 && sequence != 7) statistics.receive(header(sequence), 0, microseconds(0));
  // Valid from 1 on: expected 1..10, two of them missing.
  EXPECT_EQ(statistics.expected(), 10u);
  EXPECT_EQ(statistics.received(), 8u);
  EXPECT_EQ(statistics.lost(), 2u);
  EXPECT_EQ(statistics.take_fraction_lost(), 2 * 256 / 10);
  EXPECT_EQ(statistics.take_fraction_lost(), 0);
  statistics.receive(header(4), 0, microseconds(0));
  EXPECT_EQ(statistics.lost(), 1u);
  statistics.receive(header(9), 0, microseconds(0));
  statistics.receive(header(9), 0, microseconds(0));
  EXPECT_EQ(statistics.lost(), 0u);  // duplicates do not make it negative
}

TEST(ReceiveStatistics, JitterFollowsTheIntegerArithmeticOfA8) {
  ReceiveStatistics statistics;
  // 8 kHz, 160 units a frame; the third comes 10 ms (80 units) late, the fourth on time again.
  const microseconds frame(20'000);
  statistics.receive(header(0, 0), 8000, frame * 0);
  statistics.receive(header(1, 160), 8000, frame * 1);
  EXPECT_EQ(statistics.jitter_us(), 0u);
  statistics.receive(header(2, 320), 8000, frame * 2 + microseconds(10'000));
  // d = 80: scaled 80 - ((0 + 8) >> 4) = 80, jitter 5 units = 625 us.
  EXPECT_EQ(statistics.jitter_us(), 625u);
  statistics.receive(header(3, 480), 8000, frame * 3);
  // d = 80: scaled 80 + 80 - ((80 + 8) >> 4) = 155, jitter 9 units = 1125 us.
  EXPECT_EQ(statistics.jitter_us(), 1125u);
  statistics.receive(header(4, 640), 8000, frame * 4);
  // d = 0: 155 - (163 >> 4) = 145, jitter 9 units.
  EXPECT_EQ(statistics.jitter_us(), 1125u);
}

TEST(ReceiveStatistics, TelephoneEventUpdatesAreNotJitter) {
  ReceiveStatistics statistics;
  statistics.receive(header(0, 160), 8000, microseconds(0));
  for (std::uint16_t i = 1; i < 10; ++i)
    statistics.receive(header(i, 160), 8000, microseconds(i * 20'000));
  EXPECT_EQ(statistics.jitter_us(), 0u);
  EXPECT_EQ(statistics.received(), 9u);
}

TEST(ReceiveStatistics, JitterSurvivesTheWrapOfTheTimestamp) {
  ReceiveStatistics statistics;
  std::uint32_t timestamp = 0xffffff00;
  for (std::uint16_t i = 0; i < 10; ++i, timestamp += 160)
    statistics.receive(header(i, timestamp), 8000, microseconds(i * 20'000));
  EXPECT_EQ(statistics.jitter_us(), 0u);
}

TEST(ReceiveStatistics, ANewSsrcIsFollowedAfterItsProbationAndTheAccountGoesOn) {
  ReceiveStatistics statistics;
  for (std::uint16_t sequence : {1, 2, 4})
    statistics.receive(header(sequence), 0, microseconds(0));
  EXPECT_EQ(statistics.receive(header(900, 0, 77), 0, microseconds(0)), Verdict::Probation);
  EXPECT_EQ(statistics.ssrc(), 1u);
  EXPECT_EQ(statistics.receive(header(5), 0, microseconds(0)), Verdict::Valid);
  EXPECT_EQ(statistics.receive(header(901, 0, 77), 0, microseconds(0)), Verdict::Valid);
  EXPECT_EQ(statistics.ssrc(), 77u);
  EXPECT_EQ(statistics.expected(), 4u + 1u);
  EXPECT_EQ(statistics.received(), 3u + 1u);
  EXPECT_EQ(statistics.lost(), 1u);
}

TEST(ReceiveStatistics, WhatOthersReceivedIsAddedAndIsNoGap) {
  ReceiveStatistics statistics;
  for (std::uint16_t sequence : {65520, 65521, 65522})
    statistics.receive(header(sequence), 0, microseconds(0));
  statistics.received_elsewhere({28, 30, 1, 16});  // 65523..16, two of them lost, across the wrap
  EXPECT_EQ(statistics.received(), 2u + 28u);
  EXPECT_EQ(statistics.lost(), 2u);
  EXPECT_EQ(statistics.receive(header(17), 0, microseconds(0)), Verdict::Valid);
  EXPECT_EQ(statistics.received(), 31u);
  EXPECT_EQ(statistics.lost(), 2u);
}

TEST(ReceiveStatistics, OthersPacketsOfAnotherSsrcAreAddedAlone) {
  ReceiveStatistics statistics;
  for (std::uint16_t sequence : {1, 2, 3})
    statistics.receive(header(sequence), 0, microseconds(0));
  statistics.received_elsewhere({10, 10, 77, 900});
  EXPECT_EQ(statistics.ssrc(), 1u);
  statistics.receive(header(4), 0, microseconds(0));
  EXPECT_EQ(statistics.received(), 3u + 10u);
  EXPECT_EQ(statistics.lost(), 0u);
}

}  // namespace
}  // namespace warp::rtp
