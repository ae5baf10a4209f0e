#include "warp/rating/terms.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "warp/base/random.h"
#include "warp/rating/price.h"

namespace warp::rating {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kReadAt{std::chrono::sys_days(std::chrono::year(2025) / 3 / 1)};

Currency currency(std::string_view text) {
  return *Currency::parse(text);
}

// --- schedules

// Word by word: is the clock on the wall within a window of this day, or of one that began the day before?
bool clock_says(const domain::ScheduleRow& row, WallTime when) {
  cctz::time_zone zone;
  if (!cctz::load_time_zone(row.zone, &zone)) return false;
  const auto civil = cctz::convert(when, zone);
  const cctz::civil_day day(civil);
  const auto text = cctz::format("%Y-%m-%d", cctz::convert(cctz::civil_second(day), zone), zone);
  for (const auto& holiday : row.holidays)
    if (holiday == text) return false;
  const int minute = civil.hour() * 60 + civil.minute();
  const auto has = [](const auto& window, const cctz::civil_day& one) {
    return (window.weekdays >> static_cast<unsigned>(cctz::get_weekday(one)) & 1) != 0;
  };
  for (const auto& window : row.windows) {
    if (window.from_minute < window.to_minute) {
      if (has(window, day) && minute >= window.from_minute && minute < window.to_minute) return true;
    } else if ((has(window, day) && minute >= window.from_minute) ||
               (has(window, day - 1) && minute < window.to_minute)) {
      return true;
    }
  }
  return false;
}

TEST(Schedule, EqualsTheClockOnTheWallInAnyZone) {
  constexpr std::uint64_t kSeed = 20250311;
  SeededIdSource random(kSeed);
  SCOPED_TRACE(kSeed);
  for (const auto* zone : {"America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe",
                           "Pacific/Apia", "UTC", "America/St_Johns"}) {
    for (int round = 0; round < 12; ++round) {
      domain::ScheduleRow row{1, "x", zone, {}, {"2025-03-30", "2025-11-02", "2025-12-25"}};
      for (auto left = 1 + random.next64() % 3; left > 0; --left)
        row.windows.push_back({static_cast<std::uint8_t>(random.next64() % 128),
                               static_cast<std::uint16_t>(random.next64() % 1440),
                               static_cast<std::uint16_t>(1 + random.next64() % 1440)});
      const auto schedule = Schedule::compile(row, kReadAt);
      ASSERT_NE(schedule, nullptr) << zone;
      for (int lookup = 0; lookup < 400; ++lookup) {
        // Near both changes of the clock, anywhere within the edges, and beyond them.
        const WallTime near[]{kReadAt + days(8), kReadAt + days(29), kReadAt + days(246),
                              kReadAt + days(239)};
        auto when = kReadAt + minutes(static_cast<std::int64_t>(random.next64() % (900 * 1440)) - 450 * 1440);
        if (lookup % 2 == 0)
          when = near[random.next64() % 4] + seconds(static_cast<std::int64_t>(random.next64() % 172'800));
        ASSERT_EQ(schedule->open(when), clock_says(row, when))
            << zone << " at " << when.time_since_epoch().count();
      }
    }
  }
}

TEST(Schedule, EdgesAreWhereItOpensAndCloses) {
  const domain::ScheduleRow row{1, "day", "UTC", {{127, 480, 1200}}, {"2025-03-03"}};
  const auto schedule = Schedule::compile(row, kReadAt);
  EXPECT_EQ(schedule->next_edge(kReadAt), kReadAt + hours(8));
  EXPECT_EQ(schedule->next_edge(kReadAt + hours(8)), kReadAt + hours(20));
  EXPECT_EQ(schedule->last_edge(kReadAt + hours(8)), kReadAt + hours(8));
  EXPECT_EQ(schedule->last_edge(kReadAt + hours(21)), kReadAt + hours(20));
  EXPECT_EQ(schedule->next_edge(kReadAt + days(1) + hours(20)), kReadAt + days(3) + hours(8)) << "holiday";
  EXPECT_EQ(schedule->next_edge(kReadAt + days(5000)), WallTime::max());
  EXPECT_EQ(schedule->last_edge(kReadAt - days(5000)), WallTime::min());
}

TEST(Schedule, RoundTheClockHasNoMidnight) {
  const domain::ScheduleRow row{1, "always", "UTC", {{127, 0, 1440}}, {}};
  const auto schedule = Schedule::compile(row, kReadAt);
  EXPECT_TRUE(schedule->open(kReadAt));
  EXPECT_GT(schedule->next_edge(kReadAt), kReadAt + days(300));
  EXPECT_EQ(Schedule::compile({1, "x", "Nowhere/Land", {}, {}}, kReadAt), nullptr);
}

TEST(ScheduleBook, IsTheSameAsLongAsTheRowsAre) {
  std::vector<domain::ScheduleRow> rows{{2, "day", "UTC", {{127, 480, 1200}}, {}},
                                        {5, "x", "Bad/Zone", {}, {}}};
  const auto book = ScheduleBook::compile(rows, kReadAt);
  EXPECT_EQ(ScheduleBook::compile(rows, kReadAt + days(100), book), book);
  EXPECT_NE(ScheduleBook::compile(rows, kReadAt + days(300), book), book) << "its edges end";
  rows[0].holidays.push_back("2025-03-04");
  EXPECT_NE(ScheduleBook::compile(rows, kReadAt + days(1), book), book);
  EXPECT_TRUE(book->open(0, kReadAt));
  EXPECT_FALSE(book->open(2, kReadAt));
  EXPECT_TRUE(book->open(2, kReadAt + hours(9)));
  EXPECT_FALSE(book->open(5, kReadAt + hours(9)));
  EXPECT_FALSE(book->open(77, kReadAt + hours(9)));
  EXPECT_EQ(book->find(5), nullptr);
  EXPECT_EQ(book->next_edge(kReadAt), kReadAt + hours(8));
}

// --- currencies

TEST(Fx, TheLatestThatHasBegunHolds) {
  const FxTable table(
      std::vector<domain::FxRow>{{currency("EUR"), currency("USD"), 1'100'000'000'000, kReadAt + days(1)},
                                 {currency("EUR"), currency("USD"), 1'000'000'000'000, kReadAt}});
  EXPECT_FALSE(table.rate(currency("EUR"), currency("USD"), kReadAt - seconds(1)));
  EXPECT_EQ(table.rate(currency("EUR"), currency("USD"), kReadAt)->pico, 1'000'000'000'000);
  EXPECT_EQ(table.rate(currency("EUR"), currency("USD"), kReadAt + days(2))->pico, 1'100'000'000'000);
  EXPECT_EQ(table.next_change(kReadAt), kReadAt + days(1));
  EXPECT_EQ(table.next_change(kReadAt + days(1)), WallTime::max());
  EXPECT_EQ(table.last_change(kReadAt + hours(1)), kReadAt);
  EXPECT_EQ(table.last_change(kReadAt - hours(1)), WallTime::min());
}

TEST(Fx, FindsInverseAndOneCross) {
  const FxTable table(
      std::vector<domain::FxRow>{{currency("EUR"), currency("USD"), 1'250'000'000'000, kReadAt},
                                 {currency("USD"), currency("JPY"), 150'000'000'000'000, kReadAt}});
  EXPECT_EQ(table.rate(currency("USD"), currency("EUR"), kReadAt)->pico, 800'000'000'000);
  EXPECT_EQ(table.rate(currency("EUR"), currency("JPY"), kReadAt)->pico, 187'500'000'000'000);
  EXPECT_EQ(table.rate(currency("JPY"), currency("USD"), kReadAt)->pico, 6'666'666'667);
  EXPECT_FALSE(table.rate(currency("EUR"), currency("GBP"), kReadAt));
  const auto same = table.rate(currency("GBP"), currency("GBP"), kReadAt);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->pico, 1'000'000'000'000);
}

TEST(Fx, ConvertsWithOneRounding) {
  const domain::FxRow fx{currency("EUR"), currency("USD"), 1'083'450'000'000, kReadAt};
  EXPECT_EQ(convert(*Money::parse("1"), fx, 9, Rounding::HalfEven), *Money::parse("1.08345"));
  EXPECT_EQ(convert(*Money::parse("1"), fx, 4, Rounding::HalfEven), *Money::parse("1.0834"));
  EXPECT_EQ(convert(*Money::parse("1"), fx, 4, Rounding::HalfUp), *Money::parse("1.0835"));
  EXPECT_FALSE(convert(Money::from_nanos(std::numeric_limits<std::int64_t>::max()), fx, 9, Rounding::Down));
}

// --- tiers

TEST(Tiers, OverflowIsAnErrorAndNothingIsFree) {
  const std::vector<Tier> dear{{0, Money::from_nanos(std::numeric_limits<std::int64_t>::max())}};
  EXPECT_FALSE(tiered(dear, TierMode::Volume, 2, 1, 6, Rounding::HalfUp));
  EXPECT_FALSE(
      tiered(dear, TierMode::Graduated, std::numeric_limits<std::uint64_t>::max(), 1, 6, Rounding::HalfUp));
  EXPECT_FALSE(tiered(dear, TierMode::Volume, 1, 0, 6, Rounding::HalfUp));
  EXPECT_EQ(tiered({}, TierMode::Volume, 9, 1, 6, Rounding::HalfUp), Money{});
}

// --- what a budget pays for

TEST(Affordable, IsExactAtBothSides) {
  constexpr std::uint64_t kSeed = 77;
  SeededIdSource random(kSeed);
  SCOPED_TRACE(kSeed);
  const auto below = [&](std::uint64_t bound) { return random.next64() % bound; };
  const std::uint32_t steps[]{1, 6, 30, 60};
  for (int round = 0; round < 20'000; ++round) {
    domain::PricedSide side;
    side.per_minute =
        Money::from_nanos(static_cast<std::int64_t>(below(3) == 0 ? below(20) : below(90'000'000)));
    side.setup_fee = Money::from_nanos(static_cast<std::int64_t>(below(3) == 0 ? below(30'000'000) : 0));
    side.surcharge = Money::from_nanos(static_cast<std::int64_t>(below(4) == 0 ? below(9'000'000) : 0));
    side.attempt_fee = Money::from_nanos(static_cast<std::int64_t>(below(4) == 0 ? below(9'000'000) : 0));
    side.free_seconds = below(3) == 0 ? static_cast<std::uint32_t>(below(90)) : 0;
    side.minimum_seconds = below(3) == 0 ? static_cast<std::uint32_t>(below(100)) : 0;
    side.initial_increment = steps[below(4)];
    side.increment = steps[below(4)];
    side.decimals = static_cast<std::uint8_t>(below(10));
    side.rounding = static_cast<Rounding>(below(4));
    const auto budget = Money::from_nanos(static_cast<std::int64_t>(below(500'000'000)));
    const seconds most(static_cast<std::int64_t>(1 + below(20'000)));
    const auto longest = affordable(side, budget, most);
    ASSERT_LE(longest, most);
    if (longest.count() > 0) {
      ASSERT_LE(reprice(side, longest)->amount, budget) << round;
    }
    if (longest < most) {
      ASSERT_GT(reprice(side, longest + seconds(1))->amount, budget) << round;
    }
  }
}

TEST(Affordable, EndsOnABilledStep) {
  domain::PricedSide side;
  side.per_minute = *Money::parse("0.06");
  side.initial_increment = 30;
  side.increment = 6;
  EXPECT_EQ(affordable(side, *Money::parse("0.0409"), hours(1)), seconds(36));
  EXPECT_EQ(affordable(side, *Money::parse("0.0299"), hours(1)), seconds(0)) << "not even its first step";
  side.free_seconds = 10;
  EXPECT_EQ(affordable(side, *Money::parse("0.0299"), hours(1)), seconds(10));
  EXPECT_EQ(affordable(side, *Money::parse("0.0409"), hours(1)), seconds(46));
  side.setup_fee = *Money::parse("1");
  EXPECT_EQ(affordable(side, *Money::parse("0.5"), hours(1)), seconds(0)) << "not even its start";
  side.per_minute = Money{};
  EXPECT_EQ(affordable(side, *Money::parse("1"), hours(1)), hours(1));
}

}  // namespace
}  // namespace warp::rating
