#include "warp/store/sip_policy.h"

#include <gtest/gtest.h>

#include "support/generated_page.h"

namespace warp::store {
namespace {

std::string fault(std::string_view json) {
  const auto policy = parse_sip_policy(json);
  return policy ? "" : policy.error().field + ": " + policy.error().cure;
}

TEST(SipPolicy, IsReadOverItsDefaults) {
  const auto policy = parse_sip_policy(
      R"({"session": {"timer": "offer", "min_se": 120}, "provisional": {"early_media": false},
          "identity": {"caller_ids": ["12025550100", "12025550101"]}})");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->session.timer, domain::SessionTimer::Offer);
  EXPECT_EQ(policy->session.min_se, std::chrono::seconds(120));
  EXPECT_EQ(policy->session.session_expires, domain::SessionPolicy().session_expires);
  EXPECT_FALSE(policy->provisional.early_media);
  EXPECT_EQ(policy->identity.caller_ids.size(), 2u);
}

TEST(SipPolicy, IsWrittenWithWhatDiffersFromItsDefaults) {
  EXPECT_EQ(format_sip_policy({}), "{}");
  domain::SipPolicy policy;
  policy.session.timer = domain::SessionTimer::Off;
  policy.access.source_port = 5070;
  const auto text = format_sip_policy(policy);
  EXPECT_EQ(text, R"({"access":{"source_port":5070},"session":{"timer":"off"}})");
  EXPECT_EQ(format_sip_policy(*parse_sip_policy(text)), text);
}

TEST(SipPolicy, SaysWhatIsWrongAndWhatIsWanted) {
  EXPECT_EQ(fault("[]"), "sip_policy: an object is wanted");
  EXPECT_EQ(fault("{"), "sip_policy: an object is wanted");
  EXPECT_EQ(fault(R"({"sesion": {}})"), "sesion: there is no such section");
  EXPECT_EQ(fault(R"({"session": 1})"), "session: an object is wanted");
  EXPECT_EQ(fault(R"({"session": {"minse": 90}})"), "session.minse: there is no such field");
  EXPECT_EQ(fault(R"({"session": {"timer": "sometimes"}})"),
            "session.timer: one of off|accept|offer is wanted");
  EXPECT_EQ(fault(R"({"session": {"min_se": 89}})"), "session.min_se: a number of 90..86400 is wanted");
  EXPECT_EQ(fault(R"({"session": {"min_se": -1}})"), "session.min_se: a number of 90..86400 is wanted");
  EXPECT_EQ(fault(R"({"session": {"message": "yes"}})"), "session.message: true or false is wanted");
  EXPECT_NE(fault(R"({"access": {"realm": "a\r\nb"}})"), "");
  EXPECT_NE(fault(R"({"access": {"transports": [1]}})"), "");
  EXPECT_EQ(fault(R"({"media": {"transcode": true}})"),
            "media.transcode: codecs are wanted: those named there are made");
  EXPECT_TRUE(fault(R"({"media": {"codecs": ["GSM"]}})").starts_with("media.codecs: 'GSM' is unknown"));
  EXPECT_EQ(fault(R"({"media": {"security": "required", "keys": "dtls", "codecs": ["opus", "PCMU"]}})"), "");
}

TEST(SipPolicy, OfATableIsReadAsFarAsItIsKnown) {
  const auto policy = kept_sip_policy(R"({"session": {"timer": "off", "later": 1, "min_se": 1}, "new": {}})");
  EXPECT_EQ(policy.session.timer, domain::SessionTimer::Off);
  EXPECT_EQ(policy.session.min_se, domain::SessionPolicy().min_se);
  EXPECT_EQ(format_sip_policy(kept_sip_policy("no JSON")), "{}");
}

TEST(SipPolicy, EveryFieldIsExplained) {
  for (const auto& field : sip_policy_fields()) {
    EXPECT_TRUE(field.help.ends_with('.')) << field.section << '.' << field.name;
    EXPECT_FALSE(field.type.empty());
  }
}

TEST(SipPolicy, HasAPage) {
  test::expect_page("docs/sip/policies.md", sip_policy_markdown());
}

}  // namespace
}  // namespace warp::store
