#include "warp/domain/jurisdiction.h"

#include <gtest/gtest.h>

#include "warp/domain/call_numbers.h"

namespace warp::domain {
namespace {

TEST(Jurisdiction, NamesGoBothWays) {
  Jurisdictions seen = 0;
  for (unsigned value = 0; value < 7; ++value) {
    const auto one = static_cast<Jurisdiction>(value);
    EXPECT_EQ(parse_jurisdiction(to_string(one)), one);
    EXPECT_EQ(seen & bit(one), 0);
    seen |= bit(one);
  }
  EXPECT_EQ(seen, kAllJurisdictions);
  EXPECT_EQ(parse_jurisdiction("local"), std::nullopt);
  EXPECT_EQ(parse_jurisdiction(""), std::nullopt);
}

TEST(QualityKey, IsTheAreaOrTheFirstFiveDigits) {
  EXPECT_EQ(quality_key("12125550100"), "1212");
  EXPECT_EQ(quality_key("442079460000"), "44207");
  EXPECT_EQ(quality_key("1212"), "1212") << "too short to be of North America";
  EXPECT_EQ(quality_key("49"), "49");
  EXPECT_EQ(quality_key(""), "");
}

}  // namespace
}  // namespace warp::domain
