#include "world.h"

namespace warp::api {
namespace {

TEST_F(ApiTest, OperatorsBanAndLift) {
  auto made = ask("POST", "/v1/security/bans", kBootstrap,
                  R"({"address": "203.0.113.9", "seconds": 60, "reason": "toll fraud"})");
  ASSERT_EQ(made.status, 201u) << made.body.dump();
  EXPECT_EQ(made.body["data"]["source"], "203.0.113.9/32");
  EXPECT_EQ(made.body["data"]["by_hand"], true);
  EXPECT_EQ(made.body["data"]["expires_at"], "1970-01-01T00:01:00.000000Z");
  const auto listed = ask("GET", "/v1/security/bans");
  ASSERT_EQ(listed.status, 200u) << listed.body.dump();
  ASSERT_EQ(listed.body["data"].size(), 1u);
  EXPECT_EQ(listed.body["data"][0]["reason"], "toll fraud");
  EXPECT_EQ(ask("DELETE", "/v1/security/bans/203.0.113.9").status, 204u);
  EXPECT_EQ(ask("DELETE", "/v1/security/bans/203.0.113.9").code(), "NOT_FOUND");
  const auto after = ask("GET", "/v1/security/bans");
  ASSERT_EQ(after.status, 200u) << after.body.dump();
  EXPECT_TRUE(after.body["data"].empty());
}

TEST_F(ApiTest, BansRefuseWhatMakesNoSenseAndWhoIsTrusted) {
  EXPECT_EQ(ask("POST", "/v1/security/bans", kBootstrap, R"({"address": "example.com"})").code(),
            "INVALID_PAYLOAD");
  EXPECT_EQ(
      ask("POST", "/v1/security/bans", kBootstrap, R"({"address": "203.0.113.9", "seconds": 0})").code(),
      "INVALID_PAYLOAD");
  const auto trusted = ask("POST", "/v1/security/bans", kBootstrap, R"({"address": "192.0.2.9"})");
  ASSERT_EQ(trusted.code(), "CONFLICT") << trusted.body.dump();
  EXPECT_EQ(trusted.body["error"]["details"]["reason"], "trusted");
  EXPECT_EQ(ask("DELETE", "/v1/security/bans/nobody").code(), "INVALID_ID");
}

TEST_F(ApiTest, BansAreNoBusinessOfCustomers) {
  for (const char* method : {"GET", "POST"})
    EXPECT_EQ(ask(method, "/v1/security/bans", "rk_forged", R"({"address": "203.0.113.9"})").code(),
              "FORBIDDEN");
  EXPECT_EQ(ask("DELETE", "/v1/security/bans/203.0.113.9", "rk_writer").code(), "FORBIDDEN");
  EXPECT_TRUE(live_.all.empty());
}

}  // namespace
}  // namespace warp::api
