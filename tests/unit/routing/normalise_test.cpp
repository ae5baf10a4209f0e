#include <gtest/gtest.h>

#include "warp/routing/decision.h"

namespace warp::routing {
namespace {

TEST(Normalise, MakesE164OfWhatPeopleDial) {
  EXPECT_EQ(normalise("+12125551212"), "12125551212");
  EXPECT_EQ(normalise("0012125551212"), "12125551212");
  EXPECT_EQ(normalise("01112125551212"), "12125551212");
  EXPECT_EQ(normalise("011442079460000"), "442079460000");
  EXPECT_EQ(normalise("2125551212"), "12125551212");
  EXPECT_EQ(normalise("12125551212"), "12125551212");
  EXPECT_EQ(normalise("+1 (212) 555-1212"), std::nullopt);
  EXPECT_EQ(normalise("+1(212)555-1212"), "12125551212");
  EXPECT_EQ(normalise("+1.212.555.1212;npdi;rn=+12125550000"), "12125551212");
  EXPECT_EQ(normalise("911"), "911");
  EXPECT_EQ(normalise("+442079460000"), "442079460000");
  EXPECT_EQ(normalise("+123456789012345"), "123456789012345");
}

TEST(Normalise, TenDigitsOutsideTheNorthAmericanPlanStayAsTheyAre) {
  EXPECT_EQ(normalise("1234567890"), "1234567890");
  EXPECT_EQ(normalise("2121234567"), "2121234567");
  EXPECT_EQ(normalise("+4420794600"), "4420794600");
}

TEST(Normalise, RefusesWhatIsNoNumber) {
  for (const auto* text : {"",
                           "+",
                           "1",
                           "12",
                           "00",
                           "011",
                           "0012",
                           "+0123456",
                           "0301234567",
                           "alice",
                           "+1212555121a",
                           "1234567890123456",
                           "+1234567890123456",
                           "0011234567890123456",
                           "++123456",
                           "12+3456",
                           "123'; DROP TABLE numbers",
                           "-.()",
                           ";123",
                           "1 212 555 1212",
                           "11111111111111111111111111111111111111111111111111"})
    EXPECT_EQ(normalise(text), std::nullopt) << text;
  EXPECT_EQ(normalise(std::string_view("212\0"
                                       "5551212",
                                       11)),
            std::nullopt);
}

}  // namespace
}  // namespace warp::routing
