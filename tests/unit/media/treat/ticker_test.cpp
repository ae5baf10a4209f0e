#include "treat/ticker.h"

#include <gtest/gtest.h>

#include "warp/fax/gateway.h"

#include "treat/treatment.h"

namespace warp::media {
namespace {

using namespace std::chrono_literals;

struct TickerTest : ::testing::Test {
  Ticker ticker;
  Monotonic now{1h};
  std::vector<std::unique_ptr<Treatment>> treatments;

  Treatment& make() { return *treatments.emplace_back(std::make_unique<Treatment>(Treatment::Beginning{})); }
};

TEST_F(TickerTest, SpreadsStreamsOverItsGroups) {
  std::array<int, Ticker::kGroups> groups{};
  for (int i = 0; i < 8; ++i) {
    auto& treatment = make();
    ticker.add(treatment, now);
    ticker.add(treatment, now);  // once is enough
    ++groups[treatment.place.group];
  }
  for (const int count : groups)
    EXPECT_EQ(count, 2);
}

TEST_F(TickerTest, SaysWhenItWantsToBeCalled) {
  EXPECT_TRUE(ticker.empty());
  ticker.add(make(), now);
  EXPECT_EQ(ticker.until_next(now), 5ms);
  EXPECT_EQ(ticker.until_next(now + 3ms), 2ms);
  EXPECT_EQ(ticker.until_next(now + 1s), 0ms);
}

TEST_F(TickerTest, IsBehindWhenTheWorkerStood) {
  EXPECT_FALSE(ticker.behind(now));
  ticker.add(make(), now);
  EXPECT_FALSE(ticker.behind(now + 5ms));
  EXPECT_FALSE(ticker.behind(now + 24ms));
  EXPECT_TRUE(ticker.behind(now + 25ms));
}

TEST_F(TickerTest, WhoIsTakenAwayLeavesTheOthers) {
  for (int i = 0; i < 12; ++i)
    ticker.add(make(), now);
  for (std::size_t i = 0; i < treatments.size(); i += 2) {
    ticker.remove(*treatments[i]);
    ticker.remove(*treatments[i]);
    EXPECT_FALSE(treatments[i]->place.placed());
  }
  EXPECT_FALSE(ticker.empty());
  for (std::size_t i = 1; i < treatments.size(); i += 2)
    ticker.remove(*treatments[i]);
  EXPECT_TRUE(ticker.empty());
}

// Who has nothing to make leaves by itself.
TEST_F(TickerTest, AStreamWithNothingToMakeIsTickedNoMore) {
  for (int i = 0; i < 5; ++i)
    ticker.add(make(), now);
  ticker.run(now + 4ms);
  EXPECT_FALSE(ticker.empty());
  ticker.run(now + 40ms);
  EXPECT_TRUE(ticker.empty());
}

}  // namespace
}  // namespace warp::media
