// Number rules and emergency locations, from the API into the snapshot.
#include "warp/routing/numbers.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiNumberRules : public ApiFixture {
 protected:
  std::string trunk() {
    return ask("POST", "/v1/trunks", key, {{"name", unique("t")}, {"auth_type", "IP_ACL"}}).id();
  }
  static Json rule() {
    return {{"stage", "entry"},
            {"subject", "called"},
            {"pattern", "^7([0-9]{4})$"},
            {"replacement", "1212555\\1"},
            {"cases", {{{"in", "70100"}, {"out", "12125550100"}}, {{"in", "911"}, {"out", "911"}}}}};
  }
};

TEST_F(ApiNumberRules, AreKeptWhenTheirCasesHold) {
  const auto owner = trunk();
  const auto all = "/v1/trunks/" + owner + "/number-rules";
  const auto made = ask("POST", all, boss, rule());
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["position"], 100);
  EXPECT_EQ(made.data()["cases"].size(), 2u);
  const auto one = all + "/" + made.id();
  EXPECT_EQ(get(one, boss).data()["pattern"], "^7([0-9]{4})$");
  EXPECT_EQ(get(all, boss).data().size(), 1u);

  const auto broken = ask("PATCH", one, boss, {{"replacement", "1415555\\1"}});
  EXPECT_EQ(broken.code(), "VALIDATION_ERROR");
  EXPECT_EQ(broken.body["error"]["details"]["case"], 0);
  EXPECT_EQ(broken.body["error"]["details"]["got"], "14155550100");
  EXPECT_EQ(get(one, boss).data()["replacement"], "1212555\\1");
  EXPECT_EQ(ask("PATCH", one, boss, {{"pattern", "("}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", one, boss, {{"replacement", "\\4"}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", one, boss, {{"stage", "sideways"}}).code(), "INVALID_PAYLOAD");

  const auto tried =
      ask("POST", all + "/test", boss, {{"stage", "entry"}, {"subject", "called"}, {"number", "70199"}});
  ASSERT_EQ(tried.status, 200u) << tried.text;
  EXPECT_EQ(tried.data()["result"], "12125550199");
  EXPECT_EQ(tried.data()["steps"][0]["rule_id"], made.id());

  server_.reload();
  const auto snapshot = server_.snapshots.current();
  const auto* in_force = snapshot->trunk(*TrunkId::parse(owner));
  ASSERT_NE(in_force, nullptr);
  EXPECT_EQ(routing::enter(routing::peer_of(*snapshot, *in_force), domain::NumberSubject::Called, "70123"),
            "12125550123");
  const auto told = get("/v1/routing/explain?to=70123&from=12125550100&trunk_id=" + owner, boss);
  EXPECT_EQ(told.data()["to"], "12125550123") << told.text;
  EXPECT_EQ(told.data()["translation"][0]["after"], "12125550123");

  EXPECT_EQ(ask("DELETE", one, boss).status, 204u);
  EXPECT_EQ(get(one, boss).code(), "NOT_FOUND");
}

TEST_F(ApiNumberRules, AreOperatorsAndHangOnWhatExists) {
  const auto all = "/v1/trunks/" + trunk() + "/number-rules";
  EXPECT_EQ(ask("POST", all, key, rule()).code(), "FORBIDDEN");
  const std::string nobody = "/v1/providers/0190c7a0-0000-7000-8000-00000000dead/number-rules";
  EXPECT_EQ(ask("POST", nobody, boss, rule()).code(), "NOT_FOUND");
  EXPECT_EQ(get(nobody, boss).code(), "NOT_FOUND");
  const auto carrier = create("/v1/providers", {{"name", unique("provider")}});
  const auto id = create("/v1/providers/" + carrier + "/number-rules", rule());
  EXPECT_EQ(get(all + "/" + id, boss).code(), "NOT_FOUND") << "another owner's";
}

TEST_F(ApiNumberRules, LocationsAreRegisteredByTheirOwners) {
  const auto tn = unique_tn();
  create("/v1/numbers", {{"tn", tn}, {"customer_id", customer}});
  const auto path = "/v1/numbers/" + tn + "/e911";
  EXPECT_EQ(get(path, key).code(), "NOT_FOUND");
  const Json address{{"civic", {{"country", "US"}, {"A1", "NY"}, {"RD", "Broad & Main"}, {"HNO", "7"}}},
                     {"callback_name", "Front desk"}};
  const auto put = ask("PUT", path, key, address);
  ASSERT_EQ(put.status, 200u) << put.text;
  EXPECT_EQ(put.data()["civic"]["RD"], "Broad & Main");
  EXPECT_EQ(get(path, key).data()["callback_name"], "Front desk");
  EXPECT_EQ(get(path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("PUT", path, other_key, address).code(), "TN_NOT_OWNED");
  EXPECT_EQ(ask("PUT", path, key, {{"civic", {{"country", "us"}, {"A1", "NY"}}}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PUT", path, key, {{"civic", {{"country", "US"}}}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PUT", path, key, {{"civic", {{"country", "US"}, {"A1", "NY"}, {"COLOUR", "x"}}}}).code(),
            "VALIDATION_ERROR");

  server_.reload();
  const auto* known = server_.snapshots.current()->emergency_location("1" + tn);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->customer.to_string(), customer);
  EXPECT_EQ(known->civic.front().first, "country");

  EXPECT_EQ(ask("POST", "/v1/numbers/" + tn + "/release", key).status, 200u);
  EXPECT_EQ(get(path, boss).code(), "NOT_FOUND") << "it goes with whoever had the number";
}

TEST_F(ApiNumberRules, ALocationIsForgotten) {
  const auto tn = unique_tn();
  create("/v1/numbers", {{"tn", tn}, {"customer_id", customer}});
  const auto path = "/v1/numbers/" + tn + "/e911";
  EXPECT_EQ(ask("PUT", path, boss, {{"civic", {{"country", "US"}, {"A3", "Utica"}}}}).status, 200u);
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(ask("DELETE", path, key).code(), "NOT_FOUND");
}

}  // namespace
}  // namespace warp::test
