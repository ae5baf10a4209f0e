#include "warp/integrations/telique_cache.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace warp::integrations {
namespace {

using namespace std::chrono_literals;

TEST(TeliqueCache, KeepsForAWhile) {
  test::ManualClock clock;
  TeliqueCache cache(1'024, clock);
  cache.put(7, "17165550000", "7421", 60s);
  ASSERT_TRUE(cache.find(7));
  EXPECT_EQ(cache.find(7)->text(), "17165550000");
  EXPECT_EQ(cache.find(7)->more(), "7421");
  EXPECT_FALSE(cache.find(8));
  clock.advance(59s);
  EXPECT_TRUE(cache.find(7));
  clock.advance(2s);
  EXPECT_FALSE(cache.find(7));
}

TEST(TeliqueCache, ThatThereIsNothingIsKeptToo) {
  test::ManualClock clock;
  TeliqueCache cache(1'024, clock);
  cache.put(7, "", "", 60s);
  ASSERT_TRUE(cache.find(7));
  EXPECT_EQ(cache.find(7)->text(), "");
}

TEST(TeliqueCache, TheLaterAnswerCounts) {
  test::ManualClock clock;
  TeliqueCache cache(1'024, clock);
  cache.put(7, "a", "", 60s);
  cache.put(7, "b", "", 30s);
  EXPECT_EQ(cache.find(7)->text(), "b");
  clock.advance(31s);
  EXPECT_FALSE(cache.find(7));
}

TEST(TeliqueCache, WhatDoesNotFitIsNotKept) {
  test::ManualClock clock;
  TeliqueCache cache(1'024, clock);
  cache.put(7, "sixteen octets ..", "", 60s);
  cache.put(8, "", "five5", 60s);
  cache.put(9, "a", "", 0s);
  EXPECT_FALSE(cache.find(7));
  EXPECT_FALSE(cache.find(8));
  EXPECT_FALSE(cache.find(9));
}

TEST(TeliqueCache, IsBoundedAndDropsWhatWouldHaveEndedFirst) {
  test::ManualClock clock;
  TeliqueCache cache(1'024, clock);
  EXPECT_EQ(cache.capacity(), 1'024u);
  cache.put(1, "old", "", 10s);
  for (std::uint64_t key = 2; key < 100'000; ++key)
    cache.put(key, "new", "", 60s);
  EXPECT_FALSE(cache.find(1));
  std::size_t kept = 0;
  for (std::uint64_t key = 2; key < 100'000; ++key)
    kept += cache.find(key).has_value();
  EXPECT_LE(kept, cache.capacity());
  EXPECT_GE(kept, cache.capacity() * 9 / 10) << "keys spread over the sets";
}

}  // namespace
}  // namespace warp::integrations
