#include "../src/api/stock_csv.h"

#include <gtest/gtest.h>

namespace warp::api {
namespace {

Result<std::vector<domain::StockNumber>, StockCsvError> read(std::string_view text) {
  StockCsvReader reader;
  for (const char c : text)
    reader.feed({&c, 1});
  return reader.finish();
}

TEST(StockCsvTest, NumbersComeInAnyOrderOfColumns) {
  const auto numbers =
      read("State,TN,monthly_rate,rate_center\nNY,+12125550100,0.75,\"NEW YORK, ZN1\"\n,8005550100,,\n");
  ASSERT_TRUE(numbers);
  ASSERT_EQ(numbers->size(), 2u);
  EXPECT_EQ((*numbers)[0].rate_center, "NEW YORK, ZN1");
  EXPECT_EQ((*numbers)[0].monthly, *Money::parse("0.75"));
  EXPECT_EQ((*numbers)[0].type, "did");
  EXPECT_EQ((*numbers)[1].type, "tfn");
}

TEST(StockCsvTest, EachFaultHasItsLineAndCure) {
  const auto numbers =
      read("tn,state,lata,setup_rate\n12,NY,132,1\n2125550100,New York,0,-1\n2125550101,NY\n");
  ASSERT_FALSE(numbers);
  const auto error = numbers.error();
  EXPECT_EQ(error.total, 5u);
  ASSERT_EQ(error.issues.size(), 5u);
  EXPECT_EQ(error.issues[0].line, 2u);
  EXPECT_EQ(error.issues[0].column, "tn");
  EXPECT_EQ(error.issues[4].line, 4u);
  for (const auto& issue : error.issues)
    EXPECT_FALSE(issue.cure.empty()) << issue.problem;
}

TEST(StockCsvTest, AHeaderThatIsNoneIsToldOnce) {
  const auto numbers = read("number,state\n2125550100,NY\n2125550101,NY\n");
  ASSERT_FALSE(numbers);
  EXPECT_EQ(numbers.error().total, 2u) << "the column that is not known, and the one that is missing";
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("tn\n"));
}

TEST(StockCsvTest, AFileWithoutLineEndsIsNotHeld) {
  StockCsvReader reader;
  const std::string piece(1 << 16, '1');
  for (int i = 0; i < 64; ++i)
    reader.feed(piece);
  const auto numbers = reader.finish();
  ASSERT_FALSE(numbers);
  EXPECT_EQ(numbers.error().total, 1u);
}

TEST(StockCsvTest, ThereIsAnEndToNumbers) {
  std::string text = "tn\n";
  for (std::size_t i = 0; i <= kMostStockLines; ++i)
    text += std::to_string(2'125'000'000 + i) + "\n";
  StockCsvReader reader;
  reader.feed(text);
  const auto numbers = reader.finish();
  ASSERT_FALSE(numbers);
  EXPECT_EQ(numbers.error().total, 1u);
  EXPECT_EQ(numbers.error().issues[0].line, kMostStockLines + 2);
}

}  // namespace
}  // namespace warp::api
