#include "warp/porting/tn_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/base/random.h"

namespace warp::porting {
namespace {

using testing::ElementsAre;

TEST(TnList, TakesWhatPeoplePaste) {
  const auto list = read_tns({"(202) 555-0100\n+1 202.555.0101, 12025550102;2025550103\t2025550104",
                              "2025550105 2025550106", " 202 555 0107 ", "tel:+12025550108"});
  EXPECT_THAT(list.numbers,
              ElementsAre("12025550100", "12025550101", "12025550102", "12025550103", "12025550104",
                          "12025550105", "12025550106", "12025550107", "12025550108"));
  EXPECT_TRUE(list.wrong.empty());
  EXPECT_EQ(list.total, 9u);
}

TEST(TnList, CountsRepeatsInAnyWriting) {
  const auto list = read_tns({"2025550100", "+1 (202) 555-0100", "1-202-555-0100"});
  EXPECT_THAT(list.numbers, ElementsAre("12025550100"));
  EXPECT_EQ(list.repeated, 2u);
}

TEST(TnList, SaysWhatIsNoNumber) {
  const auto list =
      read_tns({"123", "442079460000", "0025550100", "1025550100", "2021550100", "abc", "2025550100x"});
  EXPECT_TRUE(list.numbers.empty());
  EXPECT_THAT(list.wrong, ElementsAre("123", "442079460000", "0025550100", "1025550100", "2021550100", "abc",
                                      "2025550100x"));
}

TEST(TnList, NothingIsNoNumber) {
  const auto list = read_tns({"", "  ", "\n\n,,;;"});
  EXPECT_EQ(list.total, 0u);
}

TEST(TnList, AnythingIsReadToItsEndAndGivesNumbersOnly) {
  SeededIdSource random(7);
  constexpr std::string_view kLetters = "0123456789 ()-+.,;\n\t|ax\"\0";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto left = random.next64() % 120; left > 0; --left)
      text += kLetters[random.next64() % kLetters.size()];
    const auto list = read_tns({text});
    EXPECT_GE(list.total, list.numbers.size() + list.repeated);
    for (const auto& number : list.numbers) {
      EXPECT_EQ(number.size(), 11u) << text;
      EXPECT_EQ(nanp_of(number), number) << text;
    }
  }
}

TEST(TnList, WhatIsWrongIsKeptWithinBounds) {
  const auto list = read_tns({std::string(100'000, 'x'), std::string(500, ',')});
  ASSERT_EQ(list.wrong.size(), 1u);
  EXPECT_LE(list.wrong[0].size(), 64u);
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "no\n";
  EXPECT_EQ(read_tns({many}).wrong.size(), kShownWrong);
}

TEST(TnList, TollFreeGoesByAreaCode) {
  EXPECT_TRUE(is_toll_free("18335550100"));
  EXPECT_FALSE(is_toll_free("18225550100"));
  EXPECT_FALSE(is_toll_free("12025550100"));
}

}  // namespace
}  // namespace warp::porting
