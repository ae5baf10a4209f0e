#include "warp/net/timer_wheel.h"

#include <map>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace warp::net {
namespace {

using namespace std::chrono_literals;

struct TimerWheelTest : testing::Test {
  test::ManualClock clock;
  TimerWheel wheel{clock};

  std::size_t pass(std::chrono::microseconds time) {
    clock.advance(time);
    return wheel.advance();
  }
};

TEST_F(TimerWheelTest, FiresOnceWhenDueAndNotBefore) {
  int fired = 0;
  wheel.arm(500ms, [&] { ++fired; });
  EXPECT_EQ(pass(499ms), 0u);
  EXPECT_EQ(pass(1ms), 1u);
  EXPECT_EQ(pass(10s), 0u);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(TimerWheelTest, ThoseThatHaveTimeFireTogetherAndNoneEarly) {
  constexpr auto kDelay = 32s;
  constexpr auto kSlack = 256ms;
  std::vector<Monotonic> due, fired;
  for (int i = 0; i < 100; ++i) {
    due.push_back(clock.now() + kDelay);
    wheel.arm(
        kDelay, [&] { fired.push_back(clock.now()); }, kSlack);
    pass(7ms);
  }
  for (int step = 0; fired.size() < due.size() && step < 10'000; ++step)
    pass(4ms);
  ASSERT_EQ(fired.size(), due.size());
  for (std::size_t i = 0; i < due.size(); ++i) {
    EXPECT_GE(fired[i], due[i]);
    EXPECT_LE(fired[i], due[i] + kSlack + 8ms);
  }
  EXPECT_LE(std::set<Monotonic>(fired.begin(), fired.end()).size(), 4u) << "of 700 ms";
}

TEST_F(TimerWheelTest, NeverEarlyAndWithinTwoTicks) {
  std::mt19937_64 random(7);
  struct Seen {
    Monotonic due;
    bool fired = false;
  };
  std::map<int, Seen> timers;
  int next = 0;
  Monotonic last = clock.now();
  for (int round = 0; round < 20'000; ++round) {
    const std::chrono::milliseconds delay(random() % (round % 50 == 0 ? 400'000 : 3'000));
    const int id = next++;
    timers[id] = {clock.now() + delay};
    wheel.arm(delay, [&, id] {
      auto& seen = timers.at(id);
      EXPECT_FALSE(seen.fired);
      seen.fired = true;
      EXPECT_LE(seen.due, clock.now());
      // `last` is the time of the advance before this one: due two ticks before it would have been missed.
      EXPECT_GT(seen.due + 8ms, last);
    });
    pass(std::chrono::microseconds(random() % 9'000));
    last = clock.now();
  }
  for (int i = 0; i < 500; ++i) {
    pass(1s);
    last = clock.now();
  }
  EXPECT_EQ(wheel.size(), 0u);
  for (const auto& [id, seen] : timers)
    EXPECT_TRUE(seen.fired) << id;
}

TEST_F(TimerWheelTest, SleepingUntilNextMissesNothing) {
  std::mt19937_64 random(11);
  for (const auto delay : {1ms, 255ms, 1019ms, 1024ms, 1030ms, 5000ms, 262'144ms, 300'000ms, 70'000'000ms}) {
    pass(std::chrono::microseconds(random() % 5'000'000));
    bool fired = false;
    const auto due = clock.now() + delay;
    wheel.arm(delay, [&] { fired = true; });
    int wakes = 0;
    while (!fired) {
      const auto sleep = wheel.until_next();
      ASSERT_LE(sleep, 1000ms);
      ASSERT_GT(sleep, 0ms);
      pass(sleep);
      ++wakes;
    }
    EXPECT_GE(clock.now(), due);
    EXPECT_LE(clock.now(), due + 8ms) << delay.count();
    EXPECT_LE(wakes, delay / 500ms + 3);
  }
  EXPECT_EQ(wheel.until_next(), 1000ms);
}

TEST_F(TimerWheelTest, CancelIsExactAndStaleHandlesAreHarmless) {
  int fired = 0;
  auto a = wheel.arm(100ms, [&] { fired += 1; });
  auto b = wheel.arm(100ms, [&] { fired += 10; });
  auto stale = a;
  wheel.cancel(a);
  EXPECT_FALSE(a);
  auto c = wheel.arm(100ms, [&] { fired += 100; });  // takes the slot that `a` had
  wheel.cancel(stale);
  EXPECT_EQ(wheel.size(), 2u);
  pass(200ms);
  EXPECT_EQ(fired, 110);
  wheel.cancel(b);
  wheel.cancel(c);
  TimerWheel::Handle none, wild{12345, 1};
  wheel.cancel(none);
  wheel.cancel(wild);
}

TEST_F(TimerWheelTest, CallbacksMayArmAndCancelEvenOnTheirOwnTick) {
  std::vector<int> order;
  TimerWheel::Handle second, third;
  wheel.arm(40ms, [&] {
    order.push_back(1);
    wheel.cancel(third);
    wheel.arm(0ms, [&] { order.push_back(4); });
  });
  second = wheel.arm(40ms, [&] { order.push_back(2); });
  third = wheel.arm(40ms, [&] { order.push_back(3); });
  pass(40ms);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  pass(4ms);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 4}));
}

TEST_F(TimerWheelTest, ALateAdvanceFiresEverythingInOrder) {
  std::vector<int> order;
  for (int i = 60; i > 0; --i)
    wheel.arm(std::chrono::milliseconds(i * 700), [&, i] { order.push_back(i); });
  EXPECT_EQ(pass(1h), 60u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(TimerWheelTest, ALoneTimerThatArmsItselfSurvivesAJumpOfWholeTurns) {
  int fired = 0;
  std::function<void()> tick = [&] {
    ASSERT_LT(++fired, 10);
    wheel.arm(1000ms, tick);
  };
  wheel.arm(1000ms, tick);
  EXPECT_EQ(pass(5'760s), 1u);  // of 1.024 s each: the next tick has the slot of this one
  EXPECT_EQ(pass(999ms), 0u);
  EXPECT_EQ(pass(5ms), 1u);
}

TEST_F(TimerWheelTest, AnHourOfIdlenessDoesNotMoveTheNextTimer) {
  clock.advance(1h);
  bool fired = false;
  wheel.arm(20ms, [&] { fired = true; });
  EXPECT_LE(wheel.until_next(), 24ms);
  pass(20ms);
  EXPECT_TRUE(fired);
}

}  // namespace
}  // namespace warp::net
