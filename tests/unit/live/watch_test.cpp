#include "warp/live/watch.h"

#include <gtest/gtest.h>

namespace warp::live {
namespace {

using namespace std::chrono_literals;

const Watch::Clock::time_point kNow{1h};

TEST(Watches, NobodyIsKnownUntilOthersHaveSpoken) {
  Watch watch(true);
  EXPECT_TRUE(watch.wanted(kNow));
  EXPECT_TRUE(watch.kept(kNow));
  watch.heard(kNow, -2ms);
  EXPECT_FALSE(watch.wanted(kNow));
  EXPECT_FALSE(watch.kept(kNow));
}

TEST(Watches, LookingOutlivesWhatIsReliedOn) {
  Watch watch(false);
  EXPECT_FALSE(watch.wanted(kNow));
  watch.here(kNow);
  const auto end = kNow + Watch::kKept;
  EXPECT_TRUE(watch.kept(end - 1ms));
  EXPECT_FALSE(watch.kept(end));
  EXPECT_TRUE(watch.wanted(end + Watch::kLinger - 1ms));
  EXPECT_FALSE(watch.wanted(end + Watch::kLinger));
}

TEST(Watches, WhatIsGoneIsGoneForAllButLookingEndsSlowly) {
  Watch watch(true);
  watch.heard(kNow, 600s);
  watch.heard(kNow + 1s, 0ms);
  EXPECT_FALSE(watch.kept(kNow + 1s));
  watch.heard(kNow + 20s, 0ms);
  EXPECT_TRUE(watch.wanted(kNow + 30s));
  EXPECT_FALSE(watch.wanted(kNow + 31s));
}

TEST(Watches, OthersAreToldNowAndThen) {
  Watch watch(true);
  EXPECT_TRUE(watch.tell(kNow));
  EXPECT_FALSE(watch.tell(kNow + 9s));
  EXPECT_TRUE(watch.tell(kNow + 10s));
  watch.untold();
  EXPECT_TRUE(watch.tell(kNow + 10s));
}

}  // namespace
}  // namespace warp::live
