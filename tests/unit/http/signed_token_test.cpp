#include "warp/http/signed_token.h"

#include <gtest/gtest.h>

namespace warp::http {
namespace {

const WallTime kNow{std::chrono::seconds(1'750'000'000)};
constexpr std::string_view kKey = "a key of sixteen";

TEST(SignedToken, OpensForItsKeyUntilItsEnd) {
  const std::string octets("\0\x01\xFF three", 9);
  const auto token = make_token(octets, kNow + std::chrono::hours(1), kKey);
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
  EXPECT_EQ(open_token(token, kNow, kKey), octets);
  EXPECT_EQ(open_token(token, kNow + std::chrono::hours(1), kKey), std::nullopt);
  EXPECT_EQ(open_token(token, kNow, "another key of 16"), std::nullopt);
  EXPECT_EQ(open_token(token, kNow, ""), std::nullopt);
}

TEST(SignedToken, NoLetterOfItMayChange) {
  const auto token = make_token("sixteen octets..", kNow + std::chrono::hours(1), kKey);
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(open_token(changed, kNow, kKey), std::nullopt) << i;
  }
  EXPECT_EQ(open_token(token.substr(0, 40), kNow, kKey), std::nullopt);
  EXPECT_EQ(open_token(token + "A", kNow, kKey), std::nullopt);
  EXPECT_EQ(open_token("", kNow, kKey), std::nullopt);
  EXPECT_EQ(open_token("no token!", kNow, kKey), std::nullopt);
}

}  // namespace
}  // namespace warp::http
