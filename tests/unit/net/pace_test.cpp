#include "warp/net/pace.h"

#include <gtest/gtest.h>

namespace warp::net {
namespace {

using namespace std::chrono_literals;

// The moment after `turns` turns that began `apart` from each other.
Monotonic run(Pace& pace, std::chrono::nanoseconds apart, std::size_t turns, Monotonic from) {
  for (std::size_t i = 0; i < turns; ++i, from += apart)
    pace.turn(from);
  return from - apart;
}

constexpr Monotonic kStart{1h};

TEST(Pace, HoldsNothingBackBeforeTheLoopIsBusy) {
  Pace pace({5ms, 5ms});
  EXPECT_EQ(pace.rest(kStart), std::nullopt);
  const auto last = run(pace, 1ms, Pace::kTurns - 1, kStart);
  EXPECT_EQ(pace.rest(last), std::nullopt);
  pace.turn(last + 1ms);
  EXPECT_EQ(pace.rest(last + 1ms), 5ms);
}

TEST(Pace, LeavesTurnsOfABusyLoopApartAndCountsFromTheirBeginning) {
  Pace pace({5ms, 5ms});
  const auto last = run(pace, 5ms, Pace::kTurns, kStart);
  EXPECT_EQ(pace.rest(last + 1ms), 4ms);
  EXPECT_EQ(pace.rest(last + 5ms), 0ms);
  EXPECT_EQ(pace.rest(last + 20ms), 0ms) << "a long turn is followed by the next at once";
}

TEST(Pace, ALoopThatHasLittleToDoIsNotBusy) {
  Pace pace({5ms, 5ms});
  EXPECT_EQ(pace.rest(run(pace, 9ms, 3 * Pace::kTurns, kStart)), std::nullopt);
  Pace other({5ms, 5ms});
  const auto last = run(other, 1ms, 3 * Pace::kTurns, kStart);
  EXPECT_NE(other.rest(last), std::nullopt);
  EXPECT_EQ(other.rest(last + 60ms), std::nullopt) << "it was busy and is no more";
}

TEST(Pace, TurnsAreCloserForAWhileAfterWhatSomebodyWaitsFor) {
  Pace pace({5ms, 20ms});
  auto last = run(pace, 4ms, Pace::kTurns, kStart);
  EXPECT_EQ(pace.rest(last), 20ms);
  pace.hurry(last);
  EXPECT_EQ(pace.rest(last), 5ms);
  last = run(pace, 5ms, 200, last + 5ms);
  EXPECT_EQ(pace.rest(last), 20ms) << "nothing hurried for a second";
}

TEST(Pace, NoDistanceIsNeverBusy) {
  Pace pace;
  const auto last = run(pace, 0ms, 3 * Pace::kTurns, kStart);
  EXPECT_EQ(pace.rest(last + 1ns), std::nullopt);
  Pace other;
  EXPECT_EQ(other.rest(run(other, 1us, 3 * Pace::kTurns, kStart)), std::nullopt);
}

}  // namespace
}  // namespace warp::net
