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
