#include "app/health.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::app {
namespace {

using testing::HasSubstr;

struct HandClock final : Clock {
  Monotonic time{std::chrono::hours(1)};
  Monotonic now() const override { return time; }
  WallTime wall() const override { return {}; }
};

// A loop that runs its work only when the test says so.
struct HeldLoop final : Executor {
  std::deque<std::function<void()>> work;
  void post(std::function<void()> item) override { work.push_back(std::move(item)); }
  void turn() {
    while (!work.empty()) {
      work.front()();
      work.pop_front();
    }
  }
};

struct HealthTest : testing::Test {
  HandClock clock;
  metrics::Registry metrics;
  HeldLoop loop;
  bool postgres = true, journal = true;
  Health health{clock, metrics};

  HealthTest() {
    health.watch("sip-0", loop);
    health.add_part("postgres", false, [this] { return postgres; });
    health.add_part("journal", true, [this] { return journal; });
  }
};

TEST_F(HealthTest, ReadyOnlyBetweenStartAndDrain) {
  EXPECT_FALSE(health.ready());
  health.set_phase(Phase::Ready);
  EXPECT_TRUE(health.ready());
  health.set_phase(Phase::Draining);
  EXPECT_FALSE(health.ready());
  EXPECT_THAT(health.ready_json(), HasSubstr("\"phase\":\"draining\""));
}

TEST_F(HealthTest, HeldIsNotReadyUntilItIsLetGo) {
  health.set_phase(Phase::Ready);
  health.hold(true);
  EXPECT_FALSE(health.ready());
  EXPECT_THAT(health.ready_json(), HasSubstr("\"phase\":\"draining\""));
  EXPECT_EQ(health.phase(), Phase::Ready);
  health.hold(false);
  EXPECT_TRUE(health.ready());
}

TEST_F(HealthTest, WantedPartDegradesNeededPartTakesReadiness) {
  health.set_phase(Phase::Ready);
  postgres = false;
  EXPECT_TRUE(health.ready());
  EXPECT_THAT(health.ready_json(), HasSubstr("\"status\":\"degraded\""));
  EXPECT_THAT(health.ready_json(), HasSubstr("\"postgres\":\"degraded\""));
  journal = false;
  EXPECT_FALSE(health.ready());
  EXPECT_THAT(health.ready_json(), HasSubstr("\"journal\":\"down\""));
}

TEST_F(HealthTest, LoopThatDoesNotAnswerIsStuck) {
  health.ping();
  loop.turn();
  clock.time += Health::kStuckAfter - std::chrono::seconds(1);
  EXPECT_TRUE(health.alive());
  clock.time += std::chrono::seconds(2);
  EXPECT_FALSE(health.alive());
  EXPECT_THAT(health.health_json(), HasSubstr("\"sip-0\":\"stuck\""));
  health.ping();
  loop.turn();
  EXPECT_TRUE(health.alive());
}

TEST_F(HealthTest, StuckLoopCollectsOnePingOnly) {
  for (int i = 0; i < 5; ++i)
    health.ping();
  EXPECT_EQ(loop.work.size(), 1u);
}

TEST_F(HealthTest, ScrapeShowsParts) {
  postgres = false;
  const auto text = metrics.expose();
  EXPECT_THAT(text, HasSubstr("warp_app_part_up{part=\"postgres\"} 0"));
  EXPECT_THAT(text, HasSubstr("warp_app_part_up{part=\"journal\"} 1"));
  EXPECT_THAT(text, HasSubstr("warp_app_ready 0"));
}

}  // namespace
}  // namespace warp::app
