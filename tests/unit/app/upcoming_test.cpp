// When snapshots follow time by themselves.
#include <gtest/gtest.h>

#include "app/catalogue_refresher.h"
#include "support/catalogue_builder.h"
#include "support/manual_clock.h"

namespace warp::app {
namespace {

using namespace std::chrono_literals;

constexpr auto kAhead = 30'000ms;
constexpr auto kLongest = 60'000ms;

// A contract begins an hour from now.
struct UpcomingTest : testing::Test, test::CatalogueBuilder {
  UpcomingTest() {
    plan(1, {test::rate("1", "0.01")});
    plan(2, {test::rate("1", "0.02")});
    auto& account = customer(1, 1, 1);
    edge = clock.wall() + 1h;
    account.plans.push_back({test::id_of<RatePlanId>(1), clock.wall() - 1h, edge});
    account.plans.push_back({test::id_of<RatePlanId>(2), edge, std::nullopt});
    catalogue.loaded_at = clock.wall();
    now = routing::Snapshot::compile(catalogue, nullptr);
    upcoming.plan(*now, clock.wall());
  }
  std::shared_ptr<const routing::Snapshot> next() const {
    const routing::SnapshotLimits limits{.cost_table_octets = std::nullopt, .at = upcoming.at()};
    return routing::Snapshot::compile(catalogue, now.get(), limits);
  }

  test::ManualClock clock;
  WallTime edge;
  std::shared_ptr<const routing::Snapshot> now;
  Upcoming upcoming;
};

TEST_F(UpcomingTest, KnowsTheEdge) {
  EXPECT_EQ(upcoming.at(), edge);
  EXPECT_FALSE(upcoming.wanted(clock.wall(), kAhead));
  EXPECT_EQ(upcoming.due(clock.wall()), nullptr);
  EXPECT_EQ(upcoming.wait(clock.wall(), kAhead, kLongest), kLongest);
}

TEST_F(UpcomingTest, CompilesAheadAndSwapsOnTheEdge) {
  clock.advance(1h - kAhead);
  EXPECT_TRUE(upcoming.wanted(clock.wall(), kAhead));
  const auto made = next();
  upcoming.put(made);
  EXPECT_FALSE(upcoming.wanted(clock.wall(), kAhead));
  EXPECT_EQ(upcoming.wait(clock.wall(), kAhead, kLongest), kAhead);
  clock.advance(kAhead - 1us);
  EXPECT_EQ(upcoming.due(clock.wall()), nullptr);
  clock.advance(1us);
  EXPECT_EQ(upcoming.due(clock.wall()), made);
  EXPECT_EQ(upcoming.due(clock.wall()), nullptr);
  EXPECT_EQ(made->changes_at(), WallTime::max());
}

TEST_F(UpcomingTest, ANewRoundForgetsWhatWasCompiledAhead) {
  clock.advance(1h - kAhead);
  upcoming.put(next());
  upcoming.plan(*now, clock.wall());
  clock.advance(kAhead);
  EXPECT_EQ(upcoming.due(clock.wall()), nullptr);
  EXPECT_TRUE(upcoming.wanted(clock.wall(), kAhead));
}

TEST_F(UpcomingTest, AnEdgeThatHasPassedIsDueAtOnce) {
  clock.advance(2h);
  upcoming.plan(*now, clock.wall());
  EXPECT_TRUE(upcoming.wanted(clock.wall(), kAhead));
  upcoming.put(next());
  EXPECT_NE(upcoming.due(clock.wall()), nullptr);
}

TEST_F(UpcomingTest, WithoutAnEdgeNothingIsWanted) {
  catalogue.customers[0].plans.clear();
  const auto plain = routing::Snapshot::compile(catalogue, nullptr);
  upcoming.plan(*plain, clock.wall());
  EXPECT_FALSE(upcoming.wanted(clock.wall() + 1000h, kAhead));
  EXPECT_EQ(upcoming.wait(clock.wall(), kAhead, kLongest), kLongest);
}

}  // namespace
}  // namespace warp::app
