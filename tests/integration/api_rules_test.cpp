// Rules of messages over the API: interceptors, quiet hours, carriers, campaigns.
#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
class ApiRules : public ApiFixture {
 protected:
  std::string campaign() {
    auto& postgres = Postgres::instance();
    return postgres.run(postgres.migrated_database(),
                        "INSERT INTO sms.campaigns (customer_id, name, status) VALUES ('" + customer +
                            "', 'c', 'approved') RETURNING id");
  }
};

TEST_F(ApiRules, Complaint_ContentRulesAreProvisionedWithoutCode) {
  const auto id = create("/v1/messaging/rules", {{"pattern", "casino"},
                                                 {"refuse", true},
                                                 {"customer_id", customer},
                                                 {"sender", "+1202*"},
                                                 {"order", 5}});
  const auto path = "/v1/messaging/rules/" + id;
  const auto made = get(path, boss).data();
  EXPECT_EQ(made["direction"], "outbound");
  EXPECT_EQ(made["enabled"], true);
  EXPECT_EQ(made["sender"], "1202*");
  EXPECT_EQ(made["set_priority"], Json());
  const auto changed = ask("PATCH", path, boss,
                           {{"refuse", false},
                            {"pattern", "(casino) (\\w+)"},
                            {"replacement", "\\2"},
                            {"direction", "inbound"},
                            {"set_sender", "SHOP"},
                            {"set_priority", 3},
                            {"last", true}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["replacement"], "\\2");
  EXPECT_EQ(changed.data()["direction"], "inbound");
  EXPECT_EQ(changed.data()["order"], 5) << "what is absent stays";
  EXPECT_EQ(ask("PATCH", path, boss, {{"replacement", nullptr}}).data()["replacement"], Json());
  EXPECT_EQ(get(path, key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
  EXPECT_EQ(get(path, boss).code(), "NOT_FOUND");
}

TEST_F(ApiRules, APatternThatCannotBeUsedIsRefusedWithItsPlace) {
  const auto refused = ask("POST", "/v1/messaging/rules", boss, {{"pattern", "abc[z-a]"}, {"refuse", true}});
  EXPECT_EQ(refused.code(), "VALIDATION_ERROR") << refused.text;
  EXPECT_EQ(refused.body["error"]["details"]["position"], 4);
  EXPECT_TRUE(refused.body["error"]["details"]["fields"].contains("pattern"));
  const auto far = ask("POST", "/v1/messaging/rules", boss, {{"pattern", "(a)"}, {"replacement", "x\\2"}});
  EXPECT_EQ(far.body["error"]["details"]["position"], 1) << far.text;
  EXPECT_TRUE(far.body["error"]["details"]["fields"].contains("replacement"));
  for (const Json& body :
       {Json{{"replacement", "x"}}, Json{{"set_sender", "way too long for letters"}},
        Json{{"set_recipient", "44"}}, Json{{"pattern", "(?=a)"}}, Json{{"pattern", "((a{100}){100}){100}"}}})
    EXPECT_EQ(ask("POST", "/v1/messaging/rules", boss, body).status, 400u) << body;
  EXPECT_EQ(ask("POST", "/v1/messaging/rules", boss, {{"via_connector_id", kNobody}}).code(), "CONFLICT");
  const auto id =
      create("/v1/messaging/rules", {{"pattern", "a"}, {"replacement", "b"}, {"customer_id", customer}});
  EXPECT_EQ(ask("PATCH", "/v1/messaging/rules/" + id, boss, {{"pattern", ""}}).code(), "VALIDATION_ERROR")
      << "what stays is looked at too";
}

TEST_F(ApiRules, ASampleShowsWhichRulesAct) {
  domain::RuleTrial trial;
  trial.acted = {*MessageRuleId::parse(kNobody)};
  trial.refused = true;
  trial.from = "SHOP";
  trial.to = "442079460000";
  trial.text = "changed";
  server_.messaging.trial = trial;
  const Json sample{{"customer_id", customer},
                    {"from", "12025550001"},
                    {"to", "+442079460000"},
                    {"body", "casino"},
                    {"direction", "inbound"}};
  const auto tested = ask("POST", "/v1/messaging/rules/test", boss, sample);
  ASSERT_EQ(tested.status, 200u) << tested.text;
  EXPECT_EQ(tested.data()["rules"], Json::array({kNobody}));
  EXPECT_EQ(tested.data()["refused"], true);
  EXPECT_EQ(tested.data()["body"], "changed");
  const auto asked = server_.messaging.tried();
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(asked.back().first.text, "casino");
  EXPECT_EQ(asked.back().second, domain::Direction::Inbound);
  EXPECT_EQ(ask("POST", "/v1/messaging/rules/test", key, sample).code(), "FORBIDDEN");

  const auto routes = get("/v1/messaging/routes/test?customer_id=" + customer +
                              "&from=12025550001&to=%2B442079460000&body=casino",
                          boss);
  ASSERT_EQ(routes.status, 200u) << routes.text;
  EXPECT_EQ(routes.data()["rules"]["body"], "changed");
  EXPECT_EQ(server_.messaging.explained().back().text, "changed") << "routes are those of what comes out";
  server_.messaging.trial = domain::RuleTrial{};
}

TEST_F(ApiRules, Complaint_QuietHoursAreProvisioned) {
  const auto id =
      create("/v1/messaging/quiet-hours",
             {{"from_minute", 1260}, {"to_minute", 480}, {"customer_id", customer}, {"prefix", "1"}});
  const auto path = "/v1/messaging/quiet-hours/" + id;
  EXPECT_EQ(get(path, boss).data()["prefix"], "1");
  EXPECT_EQ(ask("PATCH", path, boss, {{"to_minute", 540}}).data()["to_minute"], 540);
  EXPECT_EQ(ask("POST", "/v1/messaging/quiet-hours", boss,
                {{"from_minute", 0}, {"to_minute", 1}, {"customer_id", customer}, {"prefix", "1"}})
                .code(),
            "CONFLICT");
  EXPECT_EQ(ask("POST", "/v1/messaging/quiet-hours", boss, {{"from_minute", 0}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", "/v1/messaging/quiet-hours", boss, {{"from_minute", 1440}, {"to_minute", 1}}).code(),
            "INVALID_PAYLOAD");
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
}

TEST_F(ApiRules, ZonesAreRead) {
  const auto zones = get("/v1/messaging/zones?number=12125550111", boss);
  ASSERT_EQ(zones.status, 200u) << zones.text;
  ASSERT_EQ(zones.data().size(), 1u);
  EXPECT_EQ(zones.data()[0]["zone"], "America/New_York");
  const auto page = get("/v1/messaging/zones?prefix=61&per_page=5", boss);
  EXPECT_EQ(page.data().size(), 5u);
  EXPECT_GT(page.body["meta"]["total"], 5);
  EXPECT_EQ(get("/v1/messaging/zones", key).code(), "FORBIDDEN");
}

TEST_F(ApiRules, CarriersPrefixesAreSetAtOnce) {
  const auto path = "/v1/messaging/carrier-prefixes";
  const auto set = ask("PUT", path, boss,
                       {{"prefixes",
                         {{{"prefix", "1212"}, {"carrier", "ATT"}},
                          {{"prefix", "4477"}, {"carrier", "234-15"}},
                          {{"prefix", "1310"}, {"carrier", "TMOBILE"}}}}});
  ASSERT_EQ(set.status, 200u) << set.text;
  EXPECT_EQ(set.data()["prefixes"], 3);
  EXPECT_EQ(get(std::string(path) + "?prefix=1", boss).data().size(), 2u);
  EXPECT_EQ(get(std::string(path) + "?carrier=234-15", boss).data()[0]["prefix"], "4477");
  const Json odd = {{"prefix", "1x"}, {"carrier", "A"}};
  const auto twice =
      ask("PUT", path, boss,
          {{"prefixes", {{{"prefix", "1"}, {"carrier", "A"}}, {{"prefix", "1"}, {"carrier", "B"}}}}});
  EXPECT_EQ(twice.code(), "VALIDATION_ERROR");
  EXPECT_EQ(get(path, boss).body["meta"]["total"], 3) << "nothing was changed";
  EXPECT_EQ(ask("PUT", path, boss, {{"prefixes", Json::array({odd})}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("PUT", path, boss, {{"prefixes", Json::array()}}).data()["prefixes"], 0);
}

TEST_F(ApiRules, CampaignsHaveLimitsAndReplies) {
  const auto path = "/v1/messaging/campaigns/" + campaign();
  EXPECT_EQ(get(path + "/limits", boss).data(), Json::array());
  const auto set = ask("PUT", path + "/limits", boss,
                       {{"limits",
                         {{{"carrier", "TMOBILE"}, {"per_day", 2000}},
                          {{"carrier", "ATT"}, {"per_minute", 75}},
                          {{"per_day", 9000}}}}});
  ASSERT_EQ(set.status, 200u) << set.text;
  ASSERT_EQ(set.data().size(), 3u);
  const Json unlimited = {{"carrier", "X"}};
  EXPECT_EQ(set.data()[0]["carrier"], "");
  EXPECT_EQ(set.data()[1]["per_minute"], 75);
  EXPECT_EQ(set.data()[1]["per_day"], Json());
  EXPECT_EQ(ask("PUT", path + "/limits", boss, {{"limits", Json::array({unlimited})}}).code(),
            "VALIDATION_ERROR");
  EXPECT_EQ(get(path + "/limits", boss).data().size(), 3u);
  EXPECT_EQ(ask("PUT", path + "/limits", boss, {{"limits", Json::array()}}).data(), Json::array());
  const auto replies = ask("PATCH", path + "/replies", boss, {{"help_reply", "ACME: see acme.example"}});
  ASSERT_EQ(replies.status, 200u) << replies.text;
  EXPECT_EQ(replies.data()["opt_out_reply"], "");
  EXPECT_EQ(get(path + "/replies", boss).data()["help_reply"], "ACME: see acme.example");
  for (const std::string what : {"/limits", "/replies"})
    EXPECT_EQ(get(std::string("/v1/messaging/campaigns/") + kNobody + what, boss).code(), "NOT_FOUND");
}

TEST_F(ApiRules, Complaint_RoutesGoByCarrierAndQuality) {
  const auto connector =
      create("/v1/messaging/connectors",
             {{"name", unique("smsc")}, {"host", "127.0.0.1"}, {"system_id", "w"}, {"password", "p"}});
  const auto id = create("/v1/messaging/routes", {{"connector_id", connector},
                                                  {"customer_id", customer},
                                                  {"carrier", "310-260"},
                                                  {"min_quality", 80},
                                                  {"by_quality", true}});
  const auto path = "/v1/messaging/routes/" + id;
  EXPECT_EQ(get(path, boss).data()["carrier"], "310-260");
  EXPECT_EQ(get(path, boss).data()["min_quality"], 80);
  const auto changed = ask("PATCH", path, boss, {{"min_quality", nullptr}, {"by_quality", false}});
  EXPECT_EQ(changed.data()["min_quality"], Json()) << changed.text;
  EXPECT_EQ(changed.data()["by_quality"], false);
  EXPECT_EQ(ask("PATCH", path, boss, {{"min_quality", 101}}).code(), "INVALID_PAYLOAD");
}

}  // namespace
}  // namespace warp::test
