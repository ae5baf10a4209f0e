#include "warp/net/loop.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace warp::net {
namespace {

using namespace std::chrono_literals;

TEST(Loop, RunsPostedWorkInOrderOnItsThreadAndThenStops) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("order", clock, metrics);
  std::vector<int> seen;
  std::thread owner([&] { loop.run(); });
  for (int i = 0; i < 1000; ++i)
    loop.post([&, i] {
      EXPECT_TRUE(loop.on_loop_thread());
      seen.push_back(i);
    });
  loop.stop();
  owner.join();
  ASSERT_EQ(seen.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_FALSE(loop.on_loop_thread());
}

TEST(Loop, NeverRunsInlineAndDropsWhatComesAfterItsEnd) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("inline", clock, metrics);
  auto token = std::make_shared<int>(0);
  bool inner = false;
  loop.post([&] {
    loop.post([&] { inner = true; });
    EXPECT_FALSE(inner);
    loop.stop();
    loop.post([token] { FAIL() << "posted after stop"; });
  });
  loop.run();
  EXPECT_TRUE(inner);
  loop.post([token] { FAIL() << "posted after the end"; });
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Loop, ATimerFiresWithoutAnyOtherEvent) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("timer", clock, metrics);
  const auto start = clock.now();
  loop.wheel().arm(12ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_GE(clock.now() - start, 12ms);
}

TEST(Loop, ABusyLoopThatCoalescesRestsBetweenItsTurnsAndLosesNothing) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("gathers", clock, metrics);
  auto& rests = metrics.counter("warp_net_loop_rests_total", "", {{"loop", "gathers"}});
  loop.coalesce({20ms, 20ms});
  const auto start = clock.now();
  int armed = 0, fired = 0, ran = 0;
  std::function<void()> next = [&] {
    ++ran;
    if (rests.value() >= 10 || clock.now() - start > 20s) return loop.stop();
    ++armed;
    loop.wheel().arm(1ms, [&] {
      ++fired;
      loop.post(next);
    });
  };
  loop.post(next);
  loop.run();
  EXPECT_GE(rests.value(), 10u);
  EXPECT_EQ(fired, armed);
  EXPECT_EQ(ran, fired + 1);
}

TEST(Loop, HandlersWithoutAnEndDoNotHoldUpTimersOfABusyLoop) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("endless", clock, metrics);
  loop.coalesce({5ms, 5ms});
  bool stopped = false;
  std::function<void()> again = [&] {
    if (!stopped) boost::asio::post(loop.context(), again);
  };
  boost::asio::post(loop.context(), again);
  loop.wheel().arm(50ms, [&] {
    stopped = true;
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(stopped);
}

// A source that always has more, until it is told to stop.
struct Flood final : Loop::Source {
  explicit Flood(Loop& of) : loop(of) {}
  Taken take() override {
    if (++looks == 1'000) loop.stop();
    return looks < 1'000 ? Taken::More : Taken::Nothing;
  }
  void await() override {
    boost::asio::post(loop.context(), [this] { take(); });
  }

  Loop& loop;
  int looks = 0;
};

TEST(Loop, ABusyLoopDoesNotRestWhileASourceHasMore) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("flooded", clock, metrics);
  auto& rests = metrics.counter("warp_net_loop_rests_total", "", {{"loop", "flooded"}});
  loop.coalesce({5ms, 5ms});
  Flood flood(loop);
  loop.add(flood);
  loop.run();
  loop.remove(flood);
  EXPECT_GE(flood.looks, 1'000);
  EXPECT_LE(rests.value(), 2u);
}

TEST(Loop, ALoopThatCoalescesDoesWhatComesAloneAtOnce) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("alone", clock, metrics);
  auto& rests = metrics.counter("warp_net_loop_rests_total", "", {{"loop", "alone"}});
  loop.coalesce({1ms, 1ms});
  int left = 20;
  std::function<void()> next = [&] {
    if (--left == 0) return loop.stop();
    loop.wheel().arm(20ms, [&] { boost::asio::post(loop.context(), next); });
  };
  boost::asio::post(loop.context(), next);
  loop.run();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(rests.value(), 0);
}

TEST(Loop, PollDoesWhatIsReadyAndNoMore) {
  test::ManualClock clock;
  metrics::Registry metrics;
  Loop loop("poll", clock, metrics);
  int ran = 0;
  loop.post([&] { ++ran; });
  boost::asio::post(loop.context(), [&] { ++ran; });
  loop.wheel().arm(8ms, [&] { ++ran; });
  EXPECT_EQ(loop.poll(), 2u);
  EXPECT_EQ(ran, 2);
  clock.advance(8ms);
  EXPECT_EQ(loop.poll(), 1u);
  EXPECT_EQ(ran, 3);
}

TEST(Loop, PostsFromManyThreadsAllArrive) {
  SystemClock clock;
  metrics::Registry metrics;
  Loop loop("many", clock, metrics);
  std::thread owner([&] { loop.run(); });
  int count = 0;
  std::vector<std::thread> posters;
  for (int t = 0; t < 4; ++t)
    posters.emplace_back([&] {
      for (int i = 0; i < 5000; ++i)
        loop.post([&] { ++count; });
    });
  for (auto& poster : posters)
    poster.join();
  loop.stop();
  owner.join();
  EXPECT_EQ(count, 20'000);
  EXPECT_NE(metrics.expose().find("warp_net_loop_posted_total{loop=\"many\"} 20001"), std::string::npos);
}

}  // namespace
}  // namespace warp::net
