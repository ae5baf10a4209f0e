#include "warp/calls/overload.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace warp::calls {
namespace {

using namespace std::chrono_literals;

// A server with one queue: it serves so many calls a second, or so many refusals, in the order of their
// coming.
class Server {
 public:
  explicit Server(OverloadSettings settings = {}) : overload(settings) {}

  struct Result {
    int offered = 0, served = 0, refused = 0;
    double worst_delay = 0;
  };
  Result run(int per_second, std::chrono::seconds time, bool controlled = true) {
    Result result;
    const auto gap = std::chrono::nanoseconds(1s) / per_second;
    for (Monotonic arrival = now, end = now + time; arrival < end; arrival += gap) {
      if (busy_until < arrival) busy_until = arrival;
      ++result.offered;
      const auto delay = busy_until - arrival;
      overload.observe(delay, busy_until);
      const bool in = overload.admit(busy_until) || !controlled;
      busy_until += in ? 1ms : 25us;
      // A caller waits a second for an answer, not longer.
      result.served += in && delay < 1s;
      result.refused += !in;
      if (arrival > now + 2s)
        result.worst_delay = std::max(result.worst_delay, std::chrono::duration<double>(delay).count());
    }
    now += time;
    return result;
  }

  Overload overload;
  Monotonic now{1h}, busy_until{};
};

TEST(Overload, LeavesAServerAloneThatKeepsUp) {
  Server server;
  const auto result = server.run(900, 10s);
  EXPECT_EQ(result.refused, 0);
  EXPECT_FALSE(server.overload.shedding());
  EXPECT_EQ(server.overload.loss_percent(), 0u);
}

class OverloadFactors : public testing::TestWithParam<int> {};

TEST_P(OverloadFactors, KeepGoodputAtFourFifthsOfThePeak) {
  Server server;
  const auto result = server.run(1000 * GetParam(), 20s);
  EXPECT_GE(result.served, 20 * 800) << "of 20 s at 1000 a second";
  EXPECT_LT(result.worst_delay, 0.3);
  EXPECT_TRUE(server.overload.shedding());
  const unsigned surplus = 100 - 100 / static_cast<unsigned>(GetParam());
  EXPECT_NEAR(server.overload.loss_percent(), surplus, 20);
}
INSTANTIATE_TEST_SUITE_P(TwoToFive, OverloadFactors, testing::Values(2, 3, 4, 5));

TEST(Overload, WithoutItTheSameLoadIsServedTooLate) {
  Server server;
  EXPECT_LT(server.run(3000, 20s, false).served, 20 * 200);
}

TEST(Overload, EndsWhenTheLoadDoes) {
  Server server;
  server.run(4000, 5s);
  EXPECT_TRUE(server.overload.shedding());
  server.run(300, 10s);
  EXPECT_FALSE(server.overload.shedding());
  EXPECT_EQ(server.overload.loss_percent(), 0u);
  EXPECT_EQ(server.run(900, 5s).refused, 0);
}

TEST(Overload, OneLateBatchIsNoStandingQueue) {
  Overload overload{{}};
  Monotonic now{1h};
  for (int i = 0; i < 100; ++i) {
    overload.observe(i % 10 == 0 ? 300ms : 1ms, now);
    EXPECT_TRUE(overload.admit(now));
    now += 7ms;
  }
  EXPECT_FALSE(overload.shedding());
}

TEST(Overload, AStallBetweenTwoCallsIsNoStandingQueue) {
  Overload overload{{}};
  Monotonic now{1h};
  for (int i = 0; i < 20; ++i) {
    overload.observe(i % 2 == 0 ? 80ms : 0ms, now);
    EXPECT_TRUE(overload.admit(now));
    now += 700ms;
  }
  EXPECT_FALSE(overload.shedding());
}

TEST(Overload, AnIntervalWithAStallInItIsNoMeasureOfWhatItCanTake) {
  Overload overload{OverloadSettings{}};
  Monotonic now{1h};
  for (int i = 0; i < 2000; ++i) {
    overload.observe(0ms, now);
    EXPECT_TRUE(overload.admit(now));
    now += 1ms;
  }
  for (int i = 0; i < 40 && !overload.shedding(); ++i) {
    now += 10ms;
    overload.observe(100ms, now);
    overload.admit(now);
  }
  ASSERT_TRUE(overload.shedding());
  EXPECT_GT(overload.rate(), 400) << "of the 1000 a second that it took before";
}

TEST(Overload, ALongQueueHoldsBackMoreAtOnceThanAShortOne) {
  const auto rate_behind = [](std::chrono::milliseconds delay) {
    Overload overload{OverloadSettings{}};
    Monotonic now{1h};
    for (int i = 0; i < 2000; ++i, now += 1ms) {
      overload.observe(0ms, now);
      overload.admit(now);
    }
    for (int i = 0; i < 40 && !overload.shedding(); ++i, now += 10ms) {
      overload.observe(delay, now);
      overload.admit(now);
    }
    return overload.rate();
  };
  EXPECT_LT(rate_behind(225ms), 0.7 * rate_behind(75ms));
  EXPECT_GT(rate_behind(225ms), 250) << "of the 1000 a second that it took before";
  EXPECT_DOUBLE_EQ(rate_behind(5s), rate_behind(225ms)) << "but never nearly everything";
}

TEST(Overload, AlwaysTakesAFewCalls) {
  OverloadSettings settings;
  settings.least_calls = 5;
  Overload overload(settings);
  Monotonic now{1h};
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) {
    overload.observe(5s, now);
    if (i > 2000) passed += overload.admit(now);
    now += 1ms;
  }
  EXPECT_GE(passed, 35);
  EXPECT_LE(passed, 60);
}

TEST(Overload, TheCallThatComesAsItBeginsIsTaken) {
  Overload overload{OverloadSettings{}};
  Monotonic now{1h};
  overload.observe(0ns, now);
  for (int i = 0; i < 12 && !overload.shedding(); ++i) {
    now += 40ms;
    overload.observe(60ms, now);
  }
  ASSERT_TRUE(overload.shedding());
  EXPECT_TRUE(overload.admit(now));
  EXPECT_FALSE(overload.admit(now));
}

TEST(Overload, CanBeSwitchedOff) {
  OverloadSettings settings;
  settings.enabled = false;
  Server server(settings);
  EXPECT_EQ(server.run(5000, 3s).refused, 0);
}

}  // namespace
}  // namespace warp::calls
