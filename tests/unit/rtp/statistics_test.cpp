#include "warp/rtp/statistics.h"

#include <algorithm>

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

TEST(SequenceTracker, DuplicatesAreToldFromThoseThatComeLate) {
  SequenceTracker tracker(10);
  for (std::uint16_t sequence : {10, 11, 12, 14, 14, 13, 13, 12, 15, 15})
    tracker.receive(sequence);
  EXPECT_EQ(tracker.out_of_order(), 1u) << "13, once";
  EXPECT_EQ(tracker.duplicates(), 4u) << "14, 13, 12, 15";
  EXPECT_EQ(tracker.expected(), 5u);
  EXPECT_EQ(tracker.received(), 9u);
}

TEST(SequenceTracker, TellsDuplicatesAcrossTheWrap) {
  SequenceTracker tracker(65533);
  for (std::uint16_t sequence : {65533, 65534, 0, 65535, 0, 65535, 1})
    tracker.receive(sequence);
  EXPECT_EQ(tracker.out_of_order(), 1u);
  EXPECT_EQ(tracker.duplicates(), 2u);
}

TEST(ReceiveStatistics, MissingLooksThroughDuplicates) {
  ReceiveStatistics statistics;
  for (std::uint16_t sequence : {0, 1, 2, 3, 3, 3, 6, 7, 8, 9, 10})
    statistics.receive(header(sequence), 0, microseconds(0));
  EXPECT_EQ(statistics.lost(), 0u) << "A.3: two duplicates take the places of 4 and 5";
  EXPECT_EQ(statistics.duplicates(), 2u);
  EXPECT_EQ(statistics.missing(), 2u);
}

// 8 kHz, 20 ms: 160 units a packet. D = 80 units at every other packet and -80 at the next:
// J += (80 - J) / 16 at each.
TEST(ReceiveStatistics, MeanAndLargestJitter) {
  ReceiveStatistics statistics;
  double jitter = 0, sum = 0, largest = 0;
  unsigned samples = 0;
  for (std::uint16_t i = 0; i < 200; ++i) {
    const bool shaken = i >= 100 && i % 2 == 1;
    statistics.receive(header(i, i * 160u), 8000, microseconds(i * 20'000 + (shaken ? 10'000 : 0)));
    if (i < 2) continue;  // the first is under probation, but begins the measurement
    jitter += ((i >= 101 ? 80 : 0) - jitter) / 16;
    sum += jitter;
    largest = std::max(largest, jitter);
    ++samples;
  }
  EXPECT_NEAR(statistics.jitter_max_us(), largest * 125, 250);
  EXPECT_NEAR(statistics.jitter_mean_us(), sum / (samples + 1) * 125, 250);
  EXPECT_GT(statistics.jitter_max_us(), 9'000u);
  EXPECT_LT(statistics.jitter_mean_us(), statistics.jitter_max_us());
  EXPECT_EQ(statistics.late(), 0u);
}

TEST(ReceiveStatistics, LateIsWhatComesBehindTheBuffer) {
  ReceiveStatistics statistics;
  for (std::uint16_t i = 0; i < 100; ++i) {
    // Every tenth comes 61 ms behind the others, the one after it 59.
    const int behind = i % 10 == 5 ? 61'000 : i % 10 == 6 ? 59'000 : 0;
    statistics.receive(header(i, i * 160u), 8000, microseconds(1'000'000 + i * 20'000 + behind));
  }
  EXPECT_EQ(statistics.late(), 10u);
}

TEST(ReceiveStatistics, ClocksThatDriftApartMakeNothingLate) {
  ReceiveStatistics statistics;
  for (std::uint32_t i = 0; i < 30'000; ++i)  // ten minutes, 50 ppm
    statistics.receive(header(static_cast<std::uint16_t>(i), i * 160u), 8000, microseconds(i * 20'001ull));
  EXPECT_EQ(statistics.late(), 0u);
}

TEST(ReceiveStatistics, DuplicatesOfEarlierSourcesAndElsewhereAreKept) {
  ReceiveStatistics statistics;
  for (std::uint16_t sequence : {1, 2, 3, 3})
    statistics.receive(header(sequence, 0, 1), 0, microseconds(0));
  for (std::uint16_t sequence : {70, 71, 72, 72})
    statistics.receive(header(sequence, 0, 2), 0, microseconds(0));
  EXPECT_EQ(statistics.duplicates(), 2u);
  statistics.received_elsewhere({10, 11, 2, 83, 1, 2});
  EXPECT_EQ(statistics.duplicates(), 3u);
  EXPECT_EQ(statistics.out_of_order(), 2u);
}

}  // namespace
}  // namespace warp::rtp
