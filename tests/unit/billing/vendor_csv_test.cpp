#include "warp/billing/vendor_csv.h"

#include <gtest/gtest.h>

namespace warp::billing {
namespace {

using namespace std::chrono_literals;

TEST(VendorCsv, ReadsColumnsByName) {
  const auto calls = read_vendor_csv(
      "Cost,\"Start, UTC\",To,Sec,From\r\n0.0123,2026-03-01 "
      "00:00:01.5,+12125550101,61,\"+13125550100\"\r\n\r\n"
      "1,2026-03-01T00:00:02Z,442,0,anonymous",
      {"Start, UTC", "From", "To", "Sec", "Cost"});
  ASSERT_TRUE(calls) << calls.error().problem;
  ASSERT_EQ(calls->size(), 2u);
  const auto& first = calls->front();
  EXPECT_EQ(first.line, 2);
  EXPECT_EQ(first.started_at, WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) + 1500ms);
  EXPECT_EQ(first.dni, "12125550101");
  EXPECT_EQ(first.ani, "13125550100");
  EXPECT_EQ(first.seconds, 61);
  EXPECT_EQ(first.amount, *Money::parse("0.0123"));
  EXPECT_EQ(calls->back().line, 4);
  EXPECT_EQ(calls->back().ani, "");
}

struct Bad {
  const char* text;
  std::size_t line;
  const char* column;
};

class BadFiles : public ::testing::TestWithParam<Bad> {};

TEST_P(BadFiles, AreRefusedWithLineAndColumn) {
  const auto calls = read_vendor_csv(GetParam().text, VendorColumns());
  ASSERT_TRUE(calls.has_error());
  EXPECT_EQ(calls.error().line, GetParam().line) << calls.error().problem;
  EXPECT_EQ(calls.error().column, GetParam().column);
  EXPECT_FALSE(calls.error().problem.empty());
  EXPECT_FALSE(calls.error().cure.empty());
}

#define HEAD "started_at,ani,dni,seconds,amount\n"
INSTANTIATE_TEST_SUITE_P(All, BadFiles,
                         ::testing::Values(Bad{"", 1, ""}, Bad{"a,b\n1,2\n", 1, "started_at"},
                                           Bad{HEAD "2026-03-01T00:00:00Z,1,2,3\n", 2, ""},
                                           Bad{HEAD "yesterday,1,2,3,4\n", 2, "started_at"},
                                           Bad{HEAD "2026-02-30T00:00:00Z,1,2,3,4\n", 2, "started_at"},
                                           Bad{HEAD "2026-02-28T24:00:00Z,1,2,3,4\n", 2, "started_at"},
                                           Bad{HEAD "2026-02-28T00:00:00+01:00,1,2,3,4\n", 2, "started_at"},
                                           Bad{HEAD "2026-03-01T00:00:00Z,1,,3,4\n", 2, "dni"},
                                           Bad{HEAD "2026-03-01T00:00:00Z,1,1 2,3,4\n", 2, "dni"},
                                           Bad{HEAD "\n\n2026-03-01T00:00:00Z,1,2,-3,4\n", 4, "seconds"},
                                           Bad{HEAD "2026-03-01T00:00:00Z,1,2,3.5,4\n", 2, "seconds"},
                                           Bad{HEAD "2026-03-01T00:00:00Z,1,2,99999999999,4\n", 2, "seconds"},
                                           Bad{HEAD "2026-03-01T00:00:00Z,1,2,3,1e3\n", 2, "amount"},
                                           Bad{HEAD "2026-03-01T00:00:00Z,1,2,3,0.0000000001\n", 2, "amount"},
                                           Bad{HEAD "\"2026-03-01T00:00:00Z,1,2,3,4\n", 2, ""}));

}  // namespace
}  // namespace warp::billing
