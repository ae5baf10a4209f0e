#include "warp/billing/cycle.h"

#include <random>

#include <gtest/gtest.h>

namespace warp::billing {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

WallTime utc(int y, unsigned m, unsigned d, std::chrono::seconds of_day = 0s) {
  return WallTime(sys_days(year(y) / static_cast<int>(m) / static_cast<int>(d))) + of_day;
}

TEST(Cycle, MonthsEndAtTheAnchorOrTheLastDay) {
  const Cycle last{CycleKind::Monthly, 31, "UTC"};
  auto edge = utc(2026, 1, 31);
  for (const auto& next : {utc(2026, 2, 28), utc(2026, 3, 31), utc(2026, 4, 30), utc(2026, 5, 31)}) {
    edge = *next_edge(last, edge, edge);
    EXPECT_EQ(edge, next);
  }
  EXPECT_EQ(*next_edge({CycleKind::Monthly, 30, "UTC"}, {}, utc(2028, 2, 1)), utc(2028, 2, 29));
  EXPECT_EQ(*next_edge({CycleKind::Monthly, 1, "UTC"}, {}, utc(2026, 12, 1)), utc(2027, 1, 1));
  EXPECT_EQ(*next_edge({CycleKind::Monthly, 15, "UTC"}, {}, utc(2026, 3, 15) - 1us), utc(2026, 3, 15));
}

TEST(Cycle, WeeksEndOnTheirDay) {
  // 2026-03-02 is a Monday.
  EXPECT_EQ(*next_edge({CycleKind::Weekly, 1, "UTC"}, {}, utc(2026, 2, 25)), utc(2026, 3, 2));
  EXPECT_EQ(*next_edge({CycleKind::Weekly, 1, "UTC"}, {}, utc(2026, 3, 2)), utc(2026, 3, 9));
  EXPECT_EQ(*next_edge({CycleKind::Weekly, 7, "UTC"}, {}, utc(2026, 3, 2)), utc(2026, 3, 8));
}

TEST(Cycle, DaysAreCountedFromTheBeginning) {
  const Cycle ten{CycleKind::Days, 10, "UTC"};
  const auto begun = utc(2026, 3, 5, 15h);
  EXPECT_EQ(*next_edge(ten, begun, begun), utc(2026, 3, 15));
  EXPECT_EQ(*next_edge(ten, begun, utc(2026, 4, 1)), utc(2026, 4, 4));
  EXPECT_EQ(*next_edge(ten, begun, utc(2026, 3, 15)), utc(2026, 3, 25));
}

// Midnight that clocks skip (Beirut, 2025-03-30) and midnight that they repeat (Havana, 2025-11-02).
TEST(Cycle, MidnightThatIsNotThereAndMidnightTwice) {
  EXPECT_EQ(*next_edge({CycleKind::Days, 1, "Asia/Beirut"}, utc(2025, 3, 29, 12h), utc(2025, 3, 29, 12h)),
            utc(2025, 3, 29, 22h));
  EXPECT_EQ(*next_edge({CycleKind::Days, 1, "America/Havana"}, utc(2025, 11, 1, 12h), utc(2025, 11, 1, 12h)),
            utc(2025, 11, 2, 4h));
}

TEST(Cycle, PeriodsFollowEachOtherInEveryZone) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const char* zone : {"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Beirut",
                           "America/Havana", "Pacific/Apia"})
    for (const auto kind : {CycleKind::Monthly, CycleKind::Weekly, CycleKind::Days}) {
      const Cycle cycle{kind, 1 + static_cast<unsigned>(random()) % (kind == CycleKind::Weekly ? 7 : 31),
                        zone};
      auto edge = utc(2024, 1, 1) + std::chrono::seconds(random() % 86'400);
      const auto begun = edge;
      std::int64_t days = 0;
      for (int i = 0; i < 80; ++i) {
        const auto next = next_edge(cycle, edge, edge);
        ASSERT_TRUE(next);
        ASSERT_GT(*next, edge) << zone;
        // Whatever moment of the period it is asked at, it ends at the same edge.
        const auto within = edge + std::chrono::microseconds(random()) % (*next - edge);
        ASSERT_EQ(*next_edge(cycle, edge, within), *next) << zone << " " << to_string(kind);
        days += *days_between(zone, edge, *next);
        edge = *next;
      }
      EXPECT_EQ(days, *days_between(zone, begun, edge)) << zone;
    }
}

TEST(Cycle, DaysOfTheZone) {
  EXPECT_EQ(*days_between("America/New_York", utc(2026, 3, 8, 5h), utc(2026, 3, 9, 4h)), 1) << "23 hours";
  EXPECT_EQ(*days_between("America/New_York", utc(2026, 3, 8, 5h), utc(2026, 3, 9, 4h) - 1us), 0);
  EXPECT_EQ(*days_between("UTC", utc(2026, 3, 8), utc(2026, 3, 1)), 0);
  EXPECT_FALSE(days_between("Nowhere", {}, {}));
  EXPECT_EQ(date_in("America/New_York", utc(2026, 3, 1, 4h)), "2026-02-28");
}

TEST(Cycle, WhatIsNone) {
  EXPECT_FALSE(next_edge({CycleKind::Monthly, 0, "UTC"}, {}, {}));
  EXPECT_FALSE(next_edge({CycleKind::Monthly, 32, "UTC"}, {}, {}));
  EXPECT_FALSE(next_edge({CycleKind::Weekly, 8, "UTC"}, {}, {}));
  EXPECT_FALSE(next_edge({CycleKind::Monthly, 1, ""}, {}, {}));
  EXPECT_FALSE(is_zone("Mars/Olympus"));
  EXPECT_TRUE(is_zone("Europe/Berlin"));
  EXPECT_EQ(parse_cycle_kind("DAYS"), CycleKind::Days);
  EXPECT_FALSE(parse_cycle_kind("YEARLY"));
}

}  // namespace
}  // namespace warp::billing
