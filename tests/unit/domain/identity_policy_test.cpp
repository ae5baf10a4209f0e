#include <gtest/gtest.h>

#include "warp/domain/policy/identity.h"

namespace warp::domain {
namespace {

TEST(IdentityPolicy, PassesExtensionHeadersAndNothingThatSipIsMadeOf) {
  for (const auto* name : {"X-Customer", "X-Account-Code", "Account", "x_tag"})
    EXPECT_TRUE(passable_header(name)) << name;
  for (const auto* name : {"Via",
                           "v",
                           "CALL-ID",
                           "i",
                           "Contact",
                           "m",
                           "From",
                           "Route",
                           "record-route",
                           "User-Agent",
                           "Server",
                           "Warning",
                           "Reason",
                           "P-Asserted-Identity",
                           "p-charging-vector",
                           "Content-Type",
                           "Content-Length",
                           "Proxy-Authorization",
                           "Authorization",
                           "WWW-Authenticate",
                           "Security-Verify",
                           "Identity",
                           "Path",
                           "Geolocation",
                           "Session-ID",
                           "Subject",
                           "X-Forwarded-For",
                           "",
                           "X",
                           "X Customer",
                           "X-Customer:",
                           "X-Customer\r\nVia",
                           "Diversion",
                           "History-Info",
                           "Require",
                           "Supported"})
    EXPECT_FALSE(passable_header(name)) << name;
  EXPECT_FALSE(passable_header(std::string(65, 'x')));
}

TEST(IdentityPolicy, ChecksWhatNoFieldCanSayAlone) {
  IdentityPolicy policy;
  EXPECT_FALSE(check(policy));
  policy.caller_id_policy = CallerIdPolicy::Force;
  ASSERT_TRUE(check(policy));
  EXPECT_EQ(check(policy)->field, "caller_id");
  policy.caller_id = "+12025550199";
  EXPECT_FALSE(check(policy));
  policy.caller_id = "alice";
  EXPECT_EQ(check(policy)->field, "caller_id");
  policy = {};
  policy.caller_id_policy = CallerIdPolicy::Own;
  EXPECT_FALSE(check(policy));
  policy.caller_id_fallback = CallerIdFallback::Replace;
  EXPECT_EQ(check(policy)->field, "caller_id");
  policy = {};
  policy.caller_ids = {"+12025550199", "x"};
  EXPECT_EQ(check(policy)->field, "caller_ids");
  policy = {};
  policy.pass_headers = {"X-Good", "Via"};
  ASSERT_TRUE(check(policy));
  EXPECT_NE(check(policy)->cure.find("'Via'"), std::string::npos);
  policy = {};
  policy.country_code = "";
  EXPECT_EQ(check(policy)->field, "country_code");
  policy = {};
  policy.tech_prefix = "99;9";
  EXPECT_EQ(check(policy)->field, "tech_prefix");
}

}  // namespace
}  // namespace warp::domain
