// Limits of spending, leases and alarms over the API.
#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiCharging : public ApiFixture {
 protected:
  std::string account(const Json& more = Json::object()) {
    Json body{{"name", unique("caller")}};
    body.update(more);
    const auto id = create("/v1/customers", body);
    mine = key_of(id, {"billing:read"});
    return id;
  }
  static std::string sql(const std::string& text) {
    return Postgres::instance().run(Postgres::instance().migrated_database(), text);
  }
  std::string mine;  // the last account's key
};

TEST_F(ApiCharging, LimitsAreMadeChangedSeenAndDeleted) {
  const auto id = account();
  const auto made = ask(
      "POST", "/v1/spend-limits", boss,
      {{"customer_id", id}, {"window", "day"}, {"action", "BLOCK"}, {"amount", "50.00"}, {"prefix", "4479"}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["amount"], 50);
  EXPECT_EQ(made.data()["calls"], Json());
  EXPECT_EQ(made.data()["enabled"], true);
  const auto path = "/v1/spend-limits/" + made.data()["id"].get<std::string>();
  const auto changed = ask("PATCH", path, boss, {{"calls", 7}, {"amount", nullptr}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["calls"], 7);
  EXPECT_EQ(changed.data()["amount"], Json());
  EXPECT_EQ(changed.data()["prefix"], "4479");
  EXPECT_EQ(get("/v1/billing/spend-limits", mine).data().size(), 1u);
  account();
  EXPECT_EQ(get("/v1/billing/spend-limits", mine).data().size(), 0u) << "another's";
  EXPECT_EQ(get("/v1/spend-limits?customer=" + id, boss).data().size(), 1u);
  EXPECT_EQ(get("/v1/spend-limits", mine).status, 403u);
  EXPECT_EQ(ask("DELETE", path, boss, {}).status, 204u);
  EXPECT_EQ(get(path, boss).status, 404u);
}

TEST_F(ApiCharging, WhatCannotBeALimitIsRefused) {
  const auto id = account();
  const auto refused = [&](Json more) {
    Json body{{"customer_id", id}, {"window", "hour"}, {"action", "BLOCK"}};
    body.update(more);
    return ask("POST", "/v1/spend-limits", boss, body).status;
  };
  EXPECT_GE(refused({{"description", "nothing is limited"}}), 400u);
  EXPECT_GE(refused({{"calls", 5}, {"window", "call"}}), 400u);
  EXPECT_GE(refused({{"calls", 5}, {"action", "THROTTLE"}}), 400u) << "to how much?";
  EXPECT_GE(refused({{"factor_percent", 300}, {"window", "day"}}), 400u);
  EXPECT_GE(refused({{"calls", 5}, {"prefix", "44x"}}), 400u);
  EXPECT_EQ(refused({{"calls", 5}, {"trunk_id", "00000000-0000-0000-0000-0000000000ff"}}), 404u);
  EXPECT_EQ(refused({{"calls", 5}}), 201u);
}

TEST_F(ApiCharging, ANodesMoneyIsShownAndReleased) {
  const auto id = account({{"billing_mode", "PREPAID"}});
  ask("POST", "/v1/customers/" + id + "/payments", boss, {{"amount", "12.00"}, {"reference", "bank"}});
  const auto node = unique("node");
  sql("SELECT granted FROM billing.grant_lease(gen_random_uuid(), '" + id + "', '" + node +
      "', gen_random_uuid(), 5000000000)");
  const auto leases = get("/v1/billing/leases?customer=" + id, boss);
  ASSERT_EQ(leases.data().size(), 1u) << leases.text;
  EXPECT_EQ(leases.data()[0]["granted"], 5);
  EXPECT_EQ(leases.data()[0]["node"], node);
  EXPECT_EQ(get("/v1/billing/balance", mine).data()["available"], 7);
  EXPECT_EQ(get("/v1/billing/leases", mine).status, 403u);
  const auto young =
      ask("POST", "/v1/billing/leases/release", boss, {{"node", node}, {"silent_seconds", 3600}});
  EXPECT_EQ(young.data()["leases"], 0) << young.text;
  const auto released = ask("POST", "/v1/billing/leases/release", boss, {{"node", node}});
  EXPECT_EQ(released.data()["leases"], 1) << released.text;
  EXPECT_EQ(released.data()["returned"], 5);
  EXPECT_EQ(get("/v1/billing/balance", mine).data()["available"], 12);
  EXPECT_EQ(get("/v1/billing/leases?customer=" + id, boss).data().size(), 0u);
  EXPECT_EQ(get("/v1/billing/leases?closed=true&customer=" + id, boss).data().size(), 1u);
}

TEST_F(ApiCharging, AlarmsStandUntilTheyAreCleared) {
  const auto id = account();
  sql("INSERT INTO billing.alarms (customer_id, kind, key, details) VALUES ('" + id +
      "', 'limit', 'one', '{\"calls\": 3}')");
  const auto standing = get("/v1/billing/alarms", mine);
  ASSERT_EQ(standing.data().size(), 1u) << standing.text;
  EXPECT_EQ(standing.data()[0]["details"]["calls"], 3);
  const auto path =
      "/v1/billing/alarms/" + std::to_string(standing.data()[0]["id"].get<std::int64_t>()) + "/clear";
  EXPECT_EQ(ask("POST", path, mine, {}).status, 403u);
  EXPECT_EQ(ask("POST", path, boss, {}).status, 200u);
  EXPECT_EQ(ask("POST", path, boss, {}).status, 404u);
  EXPECT_EQ(get("/v1/billing/alarms", mine).data().size(), 0u);
  EXPECT_EQ(get("/v1/billing/alarms?cleared=true", mine).data().size(), 1u);
}

}  // namespace
}  // namespace warp::test
