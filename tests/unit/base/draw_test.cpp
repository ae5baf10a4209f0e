#include "warp/base/draw.h"

#include <vector>

#include <gtest/gtest.h>

namespace warp {
namespace {

// The row of 1234567, as the published splitmix64.c makes it.
TEST(Draw, IsSplitMix64) {
  std::uint64_t state = 1234567;
  for (const std::uint64_t expected :
       {6457827717110365317ull, 3203168211198807973ull, 9817491932198370423ull, 4593380528125082431ull})
    EXPECT_EQ(split_mix(state), expected);
}

TEST(Draw, StaysBelowItsBoundAndReachesAllOfIt) {
  Draw draw(7), same(7);
  std::vector<int> seen(5);
  for (int i = 0; i < 500; ++i) {
    const auto drawn = draw.below(5);
    ASSERT_LT(drawn, 5u);
    ASSERT_EQ(drawn, same.below(5));
    ++seen[drawn];
  }
  for (const auto times : seen)
    EXPECT_GT(times, 50);
  EXPECT_EQ(draw.below(1), 0u);
}

}  // namespace
}  // namespace warp
