#include "warp/identity/password.h"

#include <gtest/gtest.h>

namespace warp::identity {
namespace {

constexpr HashCost kQuick{8, 1, 1};

TEST(Password, IsKnownAgainAndNoOther) {
  const auto stored = hash_password("correct horse", kQuick);
  EXPECT_TRUE(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_TRUE(verify_password(stored, "correct horse"));
  EXPECT_FALSE(verify_password(stored, "correct horsf"));
  EXPECT_FALSE(verify_password(stored, ""));
  EXPECT_NE(stored, hash_password("correct horse", kQuick)) << "each has its salt";
}

TEST(Password, HoldsAnyOctets) {
  const std::string secret("a\0b", 3);
  const auto stored = hash_password(secret, kQuick);
  EXPECT_TRUE(verify_password(stored, secret));
  EXPECT_FALSE(verify_password(stored, "a"));
}

TEST(Password, TextsThatAreNoneOfOursVerifyNothing) {
  for (const char* text : {"", "x", "$argon2id$", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
                           "$argon2id$v=19$m=4000000000,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
                           "$argon2id$v=19$m=8,t=400,p=1$c2FsdHNhbHQ$aGFzaA", "$argon2id$v=19$m=8,t=1$x$y"})
    EXPECT_FALSE(verify_password(text, "x")) << text;
}

TEST(Password, OfAnotherCostIsOutdated) {
  const auto stored = hash_password("secret", kQuick);
  EXPECT_FALSE(outdated(stored, kQuick));
  EXPECT_TRUE(outdated(stored));
}

}  // namespace
}  // namespace warp::identity
