#include "secure/profile.h"

#include <gtest/gtest.h>

namespace warp::media {
namespace {

using domain::SrtpSuite;

TEST(SrtpProfile, NamesAgree) {
  for (const auto suite : {SrtpSuite::AesCm128Sha1_80, SrtpSuite::AesCm128Sha1_32, SrtpSuite::AesCm256Sha1_80,
                           SrtpSuite::AesCm256Sha1_32, SrtpSuite::AeadAes128Gcm, SrtpSuite::AeadAes256Gcm}) {
    const auto codec = suite_of(suite);
    ASSERT_TRUE(codec);
    EXPECT_EQ(suite_of(*codec), suite);
    EXPECT_EQ(suite_by_sdp_name(sdp_name(suite)), suite);
    EXPECT_LE(material_octets(suite), domain::SrtpKeys{}.material.size());
  }
  EXPECT_EQ(suite_by_sdp_name("aes_cm_128_hmac_sha1_80"), SrtpSuite::AesCm128Sha1_80);
  EXPECT_EQ(suite_by_sdp_name("NULL"), SrtpSuite::None);
  EXPECT_FALSE(suite_of(SrtpSuite::None));
  EXPECT_EQ(sdp_name(SrtpSuite::None), "");
}

TEST(SrtpProfile, NumbersOfDtls) {
  EXPECT_EQ(suite_by_profile(1), SrtpSuite::AesCm128Sha1_80);
  EXPECT_EQ(suite_by_profile(2), SrtpSuite::AesCm128Sha1_32);
  EXPECT_EQ(suite_by_profile(7), SrtpSuite::AeadAes128Gcm);
  EXPECT_EQ(suite_by_profile(8), SrtpSuite::AeadAes256Gcm);
  for (const auto none : {0ul, 5ul, 6ul, 9ul})  // 5 and 6 do not encrypt
    EXPECT_EQ(suite_by_profile(none), SrtpSuite::None);
  EXPECT_EQ(material_octets(SrtpSuite::AeadAes256Gcm) - salt_octets(SrtpSuite::AeadAes256Gcm), 32u);
  EXPECT_EQ(material_octets(SrtpSuite::AesCm128Sha1_80) - salt_octets(SrtpSuite::AesCm128Sha1_80), 16u);
}

}  // namespace
}  // namespace warp::media
