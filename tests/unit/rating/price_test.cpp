#include "warp/rating/price.h"

#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/golden_fields.h"

namespace warp::rating {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using test::number;

struct Golden {
  std::shared_ptr<const Deck> deck;
  microseconds duration{};
  std::uint32_t billed = 0;
  Money amount;
};

Golden read_golden(const std::vector<std::string>& fields) {
  domain::Rate rate;
  rate.prefix = "1";
  rate.per_minute = *Money::parse(fields[0]);
  rate.setup_fee = *Money::parse(fields[1]);
  rate.initial_increment = number<std::uint32_t>(fields[2]);
  rate.increment = number<std::uint32_t>(fields[3]);
  rate.minimum_seconds = number<std::uint32_t>(fields[4]);
  domain::RatePlan plan;
  plan.decimals = number<std::uint8_t>(fields[6]);
  plan.rounding = *parse_rounding(fields[7]);
  plan.rates = std::make_shared<const std::vector<domain::Rate>>(std::vector{rate});
  return {Deck::compile(plan), microseconds(number<std::int64_t>(fields[5])),
          number<std::uint32_t>(fields[8]), *Money::parse(fields[9])};
}

const RateLine& only_line(const Deck& deck) {
  return *deck.find("12125551212", WallTime{});
}

// The table was computed with exact rationals by golden_prices.py beside it.
TEST(Price, EqualsTheGoldenTable) {
  std::ifstream file(WARP_SOURCE_DIR "/tests/unit/rating/golden_prices.csv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  std::size_t cases = 0;
  while (std::getline(file, line)) {
    const auto golden = read_golden(test::split(line, ','));
    const auto side = price(*golden.deck, only_line(*golden.deck), golden.duration);
    ASSERT_TRUE(side) << line;
    EXPECT_EQ(side->billed_seconds, golden.billed) << line;
    EXPECT_EQ(side->amount.nanos(), golden.amount.nanos()) << line;
    EXPECT_EQ(billed_seconds(only_line(*golden.deck), golden.duration), golden.billed) << line;
    // From set-up to the final price over a record is the same arithmetic.
    const auto again = reprice(unpriced(*golden.deck, only_line(*golden.deck)), golden.duration);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->amount, side->amount);
    EXPECT_EQ(again->billed_seconds, side->billed_seconds);
    ++cases;
  }
  EXPECT_GE(cases, 140u);
}

std::shared_ptr<const Deck> deck_of(Money per_minute, Money setup, std::uint32_t initial,
                                    std::uint32_t increment) {
  domain::RatePlan plan;
  plan.version = 7;
  plan.id.value.bytes[0] = 9;
  plan.rates =
      std::make_shared<const std::vector<domain::Rate>>(std::vector{domain::Rate{.prefix = "1212",
                                                                                 .per_minute = per_minute,
                                                                                 .setup_fee = setup,
                                                                                 .initial_increment = initial,
                                                                                 .increment = increment}});
  return Deck::compile(plan);
}

TEST(Price, OverflowIsAnErrorNotAWrap) {
  const auto huge = Money::from_nanos(std::numeric_limits<std::int64_t>::max() / 1000 * 1000);
  const auto deck = deck_of(huge, Money{}, 1, 1);
  EXPECT_TRUE(price(*deck, only_line(*deck), seconds(60)));
  EXPECT_FALSE(price(*deck, only_line(*deck), seconds(61)));
  const auto with_setup = deck_of(huge, Money::from_nanos(1000), 60, 60);
  EXPECT_FALSE(price(*with_setup, only_line(*with_setup), seconds(1)));
  const auto cheap = deck_of(Money::from_nanos(1), Money{}, 1, 1);
  EXPECT_FALSE(price(*cheap, only_line(*cheap), microseconds::max()));
  EXPECT_EQ(billed_seconds(only_line(*cheap), microseconds::max()), 0xffffffffu);
  EXPECT_EQ(billed_seconds(only_line(*cheap), microseconds(-5)), 0u);
}

TEST(Price, CarriesEverythingToComputeItAgain) {
  const auto deck = deck_of(*Money::parse("0.006"), Money{}, 60, 6);
  const auto side = *price(*deck, only_line(*deck), seconds(61));
  EXPECT_EQ(side.plan, deck->plan().id);
  EXPECT_EQ(side.plan_version, 7u);
  EXPECT_EQ(side.prefix, "1212");
  EXPECT_EQ(side.amount, *Money::parse("0.0066"));
  const auto longer = *reprice(side, seconds(120));
  EXPECT_EQ(longer.amount, *Money::parse("0.012"));
  EXPECT_EQ(longer.prefix, "1212");
}

TEST(Price, UnpricedChargesNothingYet) {
  const auto deck = deck_of(*Money::parse("0.006"), *Money::parse("0.1"), 60, 6);
  const auto side = unpriced(*deck, only_line(*deck));
  EXPECT_EQ(side.amount, Money{});
  EXPECT_EQ(side.billed_seconds, 0u);
  EXPECT_EQ(reprice(side, seconds(0))->amount, *Money::parse("0.1"));
}

TEST(Price, ExplainsItsArithmetic) {
  const auto deck = deck_of(*Money::parse("0.006"), Money{}, 60, 6);
  EXPECT_EQ(explain(*price(*deck, only_line(*deck), seconds(61)), seconds(61)),
            "0.0060/min × 66 s (60+6n of 61 s) + 0.0000 setup = 0.006600 USD (HALF_UP, 6)");
  auto side = *price(*deck, only_line(*deck), seconds(61));
  side.minimum_seconds = 90;
  EXPECT_EQ(explain(*reprice(side, seconds(61)), seconds(61)),
            "0.0060/min × 90 s (60+6n of 61 s, at least 90 s) + 0.0000 setup = 0.009000 USD (HALF_UP, 6)");
}

}  // namespace
}  // namespace warp::rating
