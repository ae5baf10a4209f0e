// How long a call may last for its money.
#include "warp/charging/cover.h"

#include <random>

#include <gtest/gtest.h>

namespace warp::charging {
namespace {

using std::chrono::seconds;

domain::PricedSide price(const char* per_minute, std::uint32_t initial, std::uint32_t step,
                         std::uint32_t minimum = 0, const char* setup = "0") {
  domain::PricedSide side;
  side.per_minute = *Money::parse(per_minute);
  side.setup_fee = *Money::parse(setup);
  side.initial_increment = initial;
  side.increment = step;
  side.minimum_seconds = minimum;
  return side;
}

TEST(Cover, EndsOnABilledStep) {
  const auto side = price("0.06", 30, 6, 0, "0.01");
  EXPECT_EQ(covered_by(side, *Money::parse("0.039"), seconds(3600), {}), seconds(0));
  EXPECT_EQ(covered_by(side, *Money::parse("0.04"), seconds(3600), {}), seconds(30));
  EXPECT_EQ(covered_by(side, *Money::parse("0.045"), seconds(3600), {}), seconds(30));
  EXPECT_EQ(covered_by(side, *Money::parse("0.046"), seconds(3600), {}), seconds(36));
  EXPECT_EQ(covered_by(side, *Money::parse("100"), seconds(33), {}), seconds(33));
}

TEST(Cover, OneRoundingInEachCurrency) {
  auto side = price("0.05", 1, 1);
  side.decimals = 2;
  // 61 s are 0.0508, hence 0.05, hence 0.0167 at a third, hence 0.02.
  EXPECT_EQ(cost_of(side, seconds(61), {333'333'333'333, 2}), Money::parse("0.02"));
  EXPECT_EQ(cost_of(side, seconds(61), {}), Money::parse("0.05"));
}

TEST(Cover, TheLeastIsTheFirstStepOrTheAttempt) {
  auto side = price("0.06", 6, 6);
  EXPECT_EQ(least_of(side, {}), Money::parse("0.006"));
  side.attempt_fee = *Money::parse("0.02");
  EXPECT_GE(*least_of(side, {}), *Money::parse("0.02"));
}

TEST(Cover, MoreThanMoneyCanCountIsNoPrice) {
  const auto side = price("9000000000", 60, 60);
  EXPECT_FALSE(cost_of(side, seconds(3600), {}));
  EXPECT_EQ(covered_by(side, *Money::parse("9000000000"), seconds(3600), {}), seconds(60));
}

TEST(Cover, IsExactOnBothSides) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const auto pick = [&](std::uint64_t below) { return random() % below; };
  for (int i = 0; i < 20'000; ++i) {
    domain::PricedSide side;
    side.per_minute = Money::from_nanos(static_cast<std::int64_t>(1 + pick(200'000'000)));
    side.setup_fee = Money::from_nanos(static_cast<std::int64_t>(pick(3) * 5'000'000));
    side.initial_increment = static_cast<std::uint32_t>(1 + pick(60));
    side.increment = static_cast<std::uint32_t>(1 + pick(60));
    side.minimum_seconds = static_cast<std::uint32_t>(pick(2) * 30);
    side.decimals = static_cast<std::uint8_t>(2 + pick(8));
    side.rounding = static_cast<Rounding>(pick(4));
    const Exchange exchange{static_cast<std::int64_t>(1'000'000'000 + pick(3'000'000'000'000)),
                            static_cast<std::uint8_t>(2 + pick(8))};
    const auto budget = Money::from_nanos(static_cast<std::int64_t>(pick(2'000'000'000)));
    const auto covered = covered_by(side, budget, seconds(7200), exchange);
    if (covered.count() > 0) {
      ASSERT_LE(*cost_of(side, covered, exchange), budget);
    }
    if (covered < seconds(7200)) {
      ASSERT_GT(*cost_of(side, covered + seconds(1), exchange), budget);
    }
  }
}

}  // namespace
}  // namespace warp::charging
