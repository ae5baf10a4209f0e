#include "warp/identity/policy.h"

#include <gtest/gtest.h>

namespace warp::identity {
namespace {

constexpr const char* kEmail = "Jane.Doe@example.com";

TEST(Policy, LengthCounts) {
  EXPECT_EQ(weakness_of("elevenoctet", kEmail), Weakness::TooShort);
  EXPECT_EQ(weakness_of("", kEmail), Weakness::TooShort);
  EXPECT_EQ(weakness_of("twelve-octet", kEmail), std::nullopt);
  std::string longest;
  while (longest.size() < kLongestPassword)
    longest += "ab";
  EXPECT_EQ(weakness_of(longest, kEmail), std::nullopt);
  EXPECT_EQ(weakness_of(longest + "c", kEmail), Weakness::TooLong);
}

TEST(Policy, CommonOnesAreRefusedInAnyCase) {
  for (const char* common : {"passwordpassword", "PasswordPassword", "123456789012", "qwertyuiop123",
                             "1Q2W3E4R5T6Y", "aaaaaaaaaaaaaaaa", "correcthorsebatterystaple"})
    EXPECT_EQ(weakness_of(common, kEmail), Weakness::Common) << common;
  EXPECT_EQ(weakness_of("violet harbour tram", kEmail), std::nullopt);
}

TEST(Policy, NotTheAccountsName) {
  EXPECT_EQ(weakness_of("my-jane.doe-pass", kEmail), Weakness::LikeEmail);
  EXPECT_EQ(weakness_of("MY-JANE.DOE-PASS", kEmail), Weakness::LikeEmail);
  EXPECT_EQ(weakness_of("violet harbour tram", "vi@example.com"), std::nullopt) << "two letters are in much";
}

TEST(Policy, EveryWeaknessHasItsWords) {
  for (const auto weakness : {Weakness::TooShort, Weakness::TooLong, Weakness::Common, Weakness::LikeEmail}) {
    EXPECT_FALSE(to_string(weakness).empty());
    EXPECT_TRUE(sentence(weakness).ends_with('.'));
  }
}

}  // namespace
}  // namespace warp::identity
