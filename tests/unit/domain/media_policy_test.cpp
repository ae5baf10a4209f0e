#include <gtest/gtest.h>

#include "warp/domain/policy/media.h"

namespace warp::domain {
namespace {

std::string field_of(const MediaPolicy& policy) {
  const auto problem = check(policy);
  return problem ? std::string(problem->field) : std::string();
}

TEST(MediaPolicy, ItsDefaultsAreGood) {
  EXPECT_EQ(field_of({}), "");
}

TEST(MediaPolicy, NamesAreThoseThatAreKnown) {
  MediaPolicy policy;
  policy.codecs = {"pcmu", "PCMA", "G722", "G729", "OPUS", "AMR", "L16"};
  policy.suites = {"AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80"};
  EXPECT_EQ(field_of(policy), "");
  policy.codecs.push_back("GSM");
  EXPECT_EQ(field_of(policy), "codecs");
  policy.codecs = {"PCMU", "pcmu"};
  EXPECT_EQ(field_of(policy), "codecs");
  policy.codecs.clear();
  policy.suites.push_back("F8_128_HMAC_SHA1_80");
  EXPECT_EQ(field_of(policy), "suites");
}

TEST(MediaPolicy, FieldsThatNeedOthersSaySo) {
  MediaPolicy policy;
  policy.transcode = true;
  EXPECT_EQ(field_of(policy), "transcode");
  policy.codecs = {"PCMU"};
  EXPECT_EQ(field_of(policy), "");
  policy.ptime = 25;
  EXPECT_EQ(field_of(policy), "ptime");
  policy.ptime = 30;
  EXPECT_EQ(field_of(policy), "");
}

}  // namespace
}  // namespace warp::domain
