#include "warp/identity/totp.h"

#include <gtest/gtest.h>

namespace warp::identity {
namespace {

WallTime at(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}
const std::string kSecret = "12345678901234567890";  // of RFC 6238, appendix B

TEST(Totp, VectorsOfRfc6238) {
  const std::pair<std::int64_t, const char*> vectors[] = {{59, "94287082"},
                                                          {1'111'111'109, "07081804"},
                                                          {1'111'111'111, "14050471"},
                                                          {1'234'567'890, "89005924"},
                                                          {2'000'000'000, "69279037"},
                                                          {20'000'000'000, "65353130"}};
  for (const auto& [seconds, code] : vectors)
    EXPECT_EQ(hotp(kSecret, static_cast<std::uint64_t>(totp_step(at(seconds))), 8), code) << seconds;
}

TEST(Totp, VectorsOfRfc4226) {
  const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                         "254676", "287922", "162583", "399871", "520489"};
  for (std::uint64_t counter = 0; counter < std::size(codes); ++counter)
    EXPECT_EQ(hotp(kSecret, counter), codes[counter]) << counter;
}

TEST(Totp, OneStepToEitherSideAndNoFurther) {
  const auto now = at(3'000'000);
  const auto step = totp_step(now);
  for (int off = -3; off <= 3; ++off) {
    const auto code = hotp(kSecret, static_cast<std::uint64_t>(step + off));
    const auto found = matching_step(kSecret, code, now, 0);
    EXPECT_EQ(found.has_value(), off >= -1 && off <= 1) << off;
    if (found) {
      EXPECT_EQ(*found, step + off);
    }
  }
}

TEST(Totp, ACodeIsGoodOnce) {
  const auto now = at(3'000'000);
  const auto step = totp_step(now);
  const auto code = hotp(kSecret, static_cast<std::uint64_t>(step));
  EXPECT_EQ(matching_step(kSecret, code, now, step - 1), step);
  EXPECT_EQ(matching_step(kSecret, code, now, step), std::nullopt);
  const auto before = hotp(kSecret, static_cast<std::uint64_t>(step - 1));
  EXPECT_EQ(matching_step(kSecret, before, now, step), std::nullopt) << "nor one before it";
}

TEST(Totp, WhatIsNoCodeMatchesNothing) {
  for (const char* text : {"", "12345", "1234567", "abcdef", "      "})
    EXPECT_EQ(matching_step(kSecret, text, at(3'000'000), 0), std::nullopt) << text;
}

TEST(Totp, Base32OfRfc4648WithoutPadding) {
  EXPECT_EQ(base32(""), "");
  EXPECT_EQ(base32("f"), "MY");
  EXPECT_EQ(base32("fo"), "MZXQ");
  EXPECT_EQ(base32("foo"), "MZXW6");
  EXPECT_EQ(base32("foob"), "MZXW6YQ");
  EXPECT_EQ(base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
}

TEST(Totp, SecretsAndTheirAddress) {
  const auto secret = make_totp_secret();
  EXPECT_EQ(secret.size(), 20u);
  EXPECT_NE(secret, make_totp_secret());
  EXPECT_EQ(otpauth_uri("My Voice", "a+b@example.com", "foobar"),
            "otpauth://totp/My%20Voice:a%2Bb%40example.com?secret=MZXW6YTBOI&issuer=My%20Voice"
            "&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace warp::identity
