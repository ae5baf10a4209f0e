#include "warp/api/rate_limiter.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace warp::api {
namespace {

using namespace std::chrono_literals;

TEST(RateLimiter, GivesTheBurstThenTheRate) {
  test::ManualClock clock;
  RateLimiter limiter({2, 3}, 10);
  EXPECT_EQ(limiter.take("a", clock.now()).remaining, 2u);
  EXPECT_TRUE(limiter.take("a", clock.now()).allowed);
  EXPECT_TRUE(limiter.take("a", clock.now()).allowed);
  const auto refused = limiter.take("a", clock.now());
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_s, 1u);
  EXPECT_EQ(refused.limit, 3u);
  EXPECT_EQ(refused.reset_s, 2u);
  EXPECT_TRUE(limiter.take("b", clock.now()).allowed) << "others are not touched";
  clock.advance(500ms);
  EXPECT_TRUE(limiter.take("a", clock.now()).allowed);
  EXPECT_FALSE(limiter.take("a", clock.now()).allowed);
}

TEST(RateLimiter, NeverHoldsMoreThanTheBurst) {
  test::ManualClock clock;
  RateLimiter limiter({200, 2}, 10);
  limiter.take("a", clock.now());
  clock.advance(24h * 365);
  EXPECT_EQ(limiter.take("a", clock.now()).remaining, 1u);
}

TEST(RateLimiter, LookTakesNothing) {
  test::ManualClock clock;
  RateLimiter limiter({1, 1}, 10);
  EXPECT_TRUE(limiter.look("a", clock.now()).allowed);
  EXPECT_TRUE(limiter.look("a", clock.now()).allowed);
  EXPECT_TRUE(limiter.take("a", clock.now()).allowed);
  EXPECT_FALSE(limiter.look("a", clock.now()).allowed);
}

TEST(RateLimiter, StrangersCannotFillIt) {
  test::ManualClock clock;
  RateLimiter limiter({1, 5}, 100);
  for (int i = 0; i < 10'000; ++i)
    limiter.take(std::to_string(i), clock.now());
  EXPECT_LE(limiter.size(), 100u);
  clock.advance(10s);
  limiter.take("new", clock.now());
  EXPECT_EQ(limiter.size(), 1u) << "full buckets are forgotten";
}

}  // namespace
}  // namespace warp::api
