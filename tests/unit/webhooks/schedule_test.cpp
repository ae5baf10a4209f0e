#include "warp/webhooks/schedule.h"

#include <limits>

#include <gtest/gtest.h>

namespace warp::webhooks {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// What the delay is without being moved: half of the draw's span.
milliseconds usual(std::uint32_t attempts) {
  const auto low = delay_after(attempts, 0);
  if (!low) return 0ms;
  return *low * 5 / 4;
}

TEST(Schedule, BeginsSoonAndGrows) {
  EXPECT_EQ(usual(1), 5s);
  EXPECT_EQ(usual(2), 30s);
  EXPECT_EQ(usual(3), 2min);
  EXPECT_EQ(usual(4), 10min);
  EXPECT_EQ(usual(5), 1h);
  EXPECT_EQ(usual(6), 3h);
  EXPECT_EQ(usual(7), 6h);
  EXPECT_EQ(usual(8), 12h);
}

TEST(Schedule, EndsWithinThreeDaysAndNotMuchSooner) {
  milliseconds sum{0};
  std::uint32_t attempts = 1;
  for (; delay_after(attempts, 0); ++attempts)
    sum += usual(attempts);
  EXPECT_LE(sum, 72h);
  EXPECT_GT(sum + 12h, 72h);
  EXPECT_FALSE(delay_after(attempts + 1, 0));
  EXPECT_FALSE(delay_after(std::numeric_limits<std::uint32_t>::max(), 0));
  EXPECT_FALSE(delay_after(0, 0));
}

TEST(Schedule, IsMovedByAFifthAtMost) {
  for (const std::uint64_t draw : {std::uint64_t{0}, std::uint64_t{1234}, std::uint64_t{999'999'999},
                                   std::numeric_limits<std::uint64_t>::max()})
    for (std::uint32_t attempts = 1; attempts <= 8; ++attempts) {
      const auto delay = delay_after(attempts, draw);
      ASSERT_TRUE(delay);
      EXPECT_GE(*delay, usual(attempts) * 4 / 5);
      EXPECT_LE(*delay, usual(attempts) * 6 / 5);
    }
  EXPECT_NE(delay_after(3, 1), delay_after(3, 2));
}

}  // namespace
}  // namespace warp::webhooks
