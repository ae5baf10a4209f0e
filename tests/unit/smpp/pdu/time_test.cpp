#include "warp/smpp/pdu/time.h"

#include <gtest/gtest.h>

namespace warp::smpp {
namespace {

using namespace std::chrono;

WallTime at(int y, unsigned mo, unsigned d, int h, int mi, int s = 0, int tenths = 0) {
  return sys_days(year(y) / month(mo) / day(d)) + hours(h) + minutes(mi) + seconds(s) +
         milliseconds(100 * tenths);
}

TEST(Time, AbsoluteWithZone) {
  EXPECT_EQ(parse_time("260131235959700+")->at, at(2026, 1, 31, 23, 59, 59, 7));
  EXPECT_EQ(parse_time("260131235959004+")->at, at(2026, 1, 31, 22, 59, 59));
  EXPECT_EQ(parse_time("260131235959004-")->at, at(2026, 2, 1, 0, 59, 59));
  EXPECT_EQ(parse_time("260131235959022+")->at, at(2026, 1, 31, 18, 29, 59));
  EXPECT_EQ(parse_time("260131235959004-")->quarter_hours, -4);
  EXPECT_EQ(parse_time("240229000000000+")->at, at(2024, 2, 29, 0, 0));
}

TEST(Time, RelativeCountsFromNow) {
  const auto now = at(2026, 1, 31, 12, 0);
  EXPECT_EQ(parse_time("000001020304000R")->resolve(now), at(2026, 2, 1, 14, 3, 4));
  EXPECT_EQ(parse_time("000100000000000R")->resolve(now), at(2026, 2, 28, 12, 0));
  EXPECT_EQ(parse_time("020000000000000R")->resolve(now), at(2028, 1, 31, 12, 0));
  EXPECT_EQ(parse_time("000007000000000R")->span, days(7));
  EXPECT_EQ(parse_time("260131235959700+")->resolve(now), at(2026, 1, 31, 23, 59, 59, 7));
}

TEST(Time, RefusesWhatIsNone) {
  for (const auto* text : {"", "260131235959000", "260131235959000 ", "260131235959000X", "261301000000000+",
                           "260230000000000+", "260131240000000+", "260131236000000+", "260131235960000+",
                           "260131235959049+", "2601312359590a0+", "001300000000000R", "000000240000000R"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Time, Formats) {
  EXPECT_EQ(format_absolute(at(2026, 1, 31, 23, 59, 59, 7)), "260131235959700+");
  EXPECT_EQ(format_absolute(at(2026, 1, 31, 23, 59, 59), 4), "260201005959004+");
  EXPECT_EQ(format_absolute(at(2026, 1, 31, 23, 59, 59), -20), "260131185959020-");
  EXPECT_EQ(format_relative(hours(49) + minutes(3) + seconds(4)), "000002010304000R");
  EXPECT_EQ(format_relative(seconds(-5)), "000000000000000R");
  EXPECT_EQ(format_relative(days(400)), "000099235959000R");
}

TEST(Time, WhatIsWrittenIsRead) {
  for (int quarter = -48; quarter <= 48; ++quarter) {
    const auto when = at(2026, 3, 1, 0, 5, 9, 3);
    const auto again = parse_time(format_absolute(when, quarter));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->at, when);
    EXPECT_EQ(again->quarter_hours, quarter);
  }
  for (const auto span : {0, 1, 59, 60, 3600, 86399, 86400, 8553599})
    EXPECT_EQ(parse_time(format_relative(seconds(span)))->span, seconds(span));
}

TEST(Time, ReceiptDates) {
  EXPECT_EQ(parse_receipt_date("2601311205"), at(2026, 1, 31, 12, 5));
  EXPECT_EQ(parse_receipt_date("260131120507"), at(2026, 1, 31, 12, 5, 7));
  EXPECT_EQ(parse_receipt_date("202601311205"), at(2026, 1, 31, 12, 5));
  EXPECT_EQ(parse_receipt_date("20260131120507"), at(2026, 1, 31, 12, 5, 7));
  EXPECT_EQ(parse_receipt_date("2601311205", -16), at(2026, 1, 31, 16, 5));
  for (const auto* text : {"", "26013112", "260131120", "2613311205", "abcdefghij", "26-01-31 12"})
    EXPECT_FALSE(parse_receipt_date(text)) << text;
  EXPECT_EQ(format_receipt_date(at(2026, 1, 31, 12, 5, 7)), "2601311205");
  EXPECT_EQ(format_receipt_date(at(2026, 1, 31, 12, 5, 7), true, 4), "260131130507");
}

}  // namespace
}  // namespace warp::smpp
