#include "warp/integrations/tcr_client.h"

#include "tcr_fake.h"

namespace warp::integrations {
namespace {

using Kind = domain::RegistryError::Kind;
using domain::Document;
using testing::ElementsAre;
using testing::HasSubstr;

TcrRequest brand(const char* id = "B123456") {
  return {TcrOperation::Brand, http::Method::Get, std::string("/brand/") + id, {}};
}
TcrRequest new_brand() {
  return {TcrOperation::CreateBrand, http::Method::Post, "/brand/nonBlocking", {{"displayName", "Acme"}}};
}

TEST_F(TcrFake, SendsKeyAndSecretAndReadsJson) {
  say("POST /v2/brand/nonBlocking", {{200, R"({"brandId":"B123456"})"}});
  const auto answer = ask(new_brand());
  ASSERT_TRUE(answer) << answer.error().internal;
  EXPECT_EQ(answer->data["brandId"], "B123456");
  ASSERT_EQ(asked().size(), 1u);
  EXPECT_EQ(asked()[0].authorization, "Basic QVBJS0VZOlNFQ1JFVA==");
  EXPECT_EQ(asked()[0].body, R"({"displayName":"Acme"})");
  EXPECT_EQ(counted("create_brand", "ok"), 1u);
}

TEST_F(TcrFake, AnEmptyBodyIsAnAnswer) {
  say("GET /v2/brand/B123456", {{204, ""}});
  EXPECT_TRUE(ask(brand()));
}

TEST_F(TcrFake, RefusalsKeepTheirCodesAndFields) {
  say("POST /v2/brand/nonBlocking",
      {{400, R"([{"code":500,"fields":["ein"],"description":"Invalid EIN"}])"}});
  const auto answer = ask(new_brand());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::Refused);
  EXPECT_EQ(answer.error().message, "Invalid EIN");
  EXPECT_EQ(answer.error().details[0]["code"], 500);
  EXPECT_EQ(answer.error().details[0]["field"], "ein");
  EXPECT_EQ(asked().size(), 1u) << "content is not tried again";
}

TEST_F(TcrFake, WhatIsNotThereIsSaidByStatusOrByCode) {
  EXPECT_EQ(ask(brand("BNOBODY")).error().kind, Kind::NotFound);
  say("GET /v2/brand/B123456", {{400, R"([{"code":502,"description":"Brand not found"}])"}});
  EXPECT_EQ(ask(brand()).error().kind, Kind::NotFound);
}

TEST_F(TcrFake, TriesAgainAfterARateLimitEvenWhenItRegisters) {
  say("POST /v2/brand/nonBlocking", {{429, "[]", "0"}, {429, "[]"}, {200, R"({"brandId":"B1"})"}});
  EXPECT_TRUE(ask(new_brand()));
  EXPECT_EQ(asked().size(), 3u);
  EXPECT_EQ(counted("create_brand", "rate_limited"), 2u);
}

TEST_F(TcrFake, TriesAgainAfterAFailureUnlessItRegisters) {
  say("GET /v2/brand/B123456", {{503, ""}, {200, R"({"brandId":"B123456"})"}});
  EXPECT_TRUE(ask(brand()));
  say("POST /v2/brand/nonBlocking", {{503, ""}, {200, R"({"brandId":"B1"})"}});
  const auto answer = ask(new_brand());
  ASSERT_FALSE(answer) << "it may have been registered by the first try";
  EXPECT_EQ(answer.error().kind, Kind::Unavailable);
  EXPECT_THAT(lines(),
              ElementsAre("GET /v2/brand/B123456", "GET /v2/brand/B123456", "POST /v2/brand/nonBlocking"));
}

TEST_F(TcrFake, GivesUpAfterThreeTries) {
  say("GET /v2/brand/B123456", {{500, "oops"}});
  EXPECT_EQ(ask(brand()).error().kind, Kind::Unavailable);
  EXPECT_EQ(asked().size(), 3u);
}

TEST_F(TcrFake, WhatIsNoJsonIsAFailure) {
  say("GET /v2/brand/B123456", {{200, "<html>"}});
  EXPECT_EQ(ask(brand()).error().kind, Kind::Unavailable);
  say("GET /v2/brand/B123456", {{200, std::string(1000, '[') + std::string(1000, ']')}});
  EXPECT_EQ(ask(brand()).error().kind, Kind::Unavailable);
}

TEST_F(TcrFake, AWrongKeyIsOurFaultAndNotTheClients) {
  say("GET /v2/brand/B123456", {{401, "[]"}});
  const auto answer = ask(brand());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::Unavailable);
  EXPECT_EQ(asked().size(), 1u);
  EXPECT_EQ(counted("brand", "denied"), 1u);
  EXPECT_THAT(answer.error().message + answer.error().internal, testing::Not(HasSubstr("SECRET")));
}

TEST_F(TcrFake, FailuresInARowOpenTheCircuitUntilOneLooks) {
  client(3);
  say("GET /v2/brand/B123456", {{500, ""}});
  ask(brand());
  EXPECT_EQ(asked().size(), 3u);
  EXPECT_EQ(ask(brand()).error().kind, Kind::Unavailable);
  EXPECT_EQ(asked().size(), 3u) << "not asked";
  EXPECT_EQ(counted("brand", "circuit_open"), 1u);
  clock_.advance(16s);
  say("GET /v2/brand/B123456", {{200, "{}"}});
  EXPECT_TRUE(ask(brand()));
  EXPECT_TRUE(ask(brand()));
  EXPECT_EQ(asked().size(), 5u);
}

TEST_F(TcrFake, NobodyThereIsUnavailable) {
  client();
  stop_server();
  EXPECT_EQ(ask(new_brand()).error().kind, Kind::Unavailable);
  EXPECT_EQ(counted("create_brand", "unreachable"), 3u) << "no connection was made: nothing was registered";
}

}  // namespace
}  // namespace warp::integrations
