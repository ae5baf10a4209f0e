#include <gmock/gmock.h>

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
class ApiCustomers : public ApiFixture {};

TEST_F(ApiCustomers, AreCreatedReadChangedAndDeleted) {
  const auto name = unique("carrier");
  const auto made = ask("POST", "/v1/customers", boss,
                        {{"name", name},
                         {"billing_mode", "PREPAID"},
                         {"currency", "EUR"},
                         {"credit_limit", "12.345678901"},
                         {"external_id", name}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["currency"], "EUR");
  EXPECT_NE(made.text.find("\"credit_limit\":12.345678901"), std::string::npos) << made.text;
  EXPECT_EQ(made.data()["rate_plan_id"], Json());
  const auto path = "/v1/customers/" + made.id();
  EXPECT_EQ(get(path, boss).data()["name"], name);

  const auto partition = create("/v1/partitions", {{"name", unique("p")}});
  const auto changed = ask("PATCH", path, boss, {{"partition_id", partition}, {"status", "SUSPENDED"}});
  EXPECT_EQ(changed.data()["partition_id"], partition);
  EXPECT_EQ(changed.data()["status"], "SUSPENDED");
  EXPECT_EQ(changed.data()["billing_mode"], "PREPAID") << "what is absent stays";
  const auto cleared = ask("PUT", path, boss, {{"partition_id", nullptr}});
  EXPECT_EQ(cleared.data()["partition_id"], Json());

  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
  EXPECT_EQ(ask("DELETE", path, boss).code(), "NOT_FOUND");
  EXPECT_EQ(get(path, boss).code(), "NOT_FOUND");
}

TEST_F(ApiCustomers, ListIsPagedAndSearched) {
  const auto stem = unique("paged");
  for (int i = 0; i < 3; ++i)
    create("/v1/customers", {{"name", stem + std::to_string(i)}});
  const auto first = get("/v1/customers?search=" + stem + "&per_page=2", boss);
  EXPECT_EQ(first.data().size(), 2u);
  EXPECT_EQ(first.body["meta"]["total"], 3);
  EXPECT_EQ(first.body["meta"]["total_pages"], 2);
  EXPECT_EQ(first.body["meta"]["per_page"], 2);
  const auto second = get("/v1/customers?search=" + stem + "&per_page=2&page=2", boss);
  EXPECT_EQ(second.data().size(), 1u);
  EXPECT_EQ(get("/v1/customers?per_page=0", boss).body["meta"]["per_page"], 50);
  EXPECT_EQ(get("/v1/customers?per_page=9999&page=-4", boss).body["meta"]["per_page"], 500);
}

TEST_F(ApiCustomers, SeeThemselvesAndNobodyElse) {
  EXPECT_EQ(get("/v1/customers/me", key).id(), customer);
  EXPECT_EQ(get("/v1/customers/" + customer, key).id(), customer);
  EXPECT_EQ(get("/v1/customers/" + other, key).code(), "FORBIDDEN");
  EXPECT_EQ(get("/v1/customers", key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("PATCH", "/v1/customers/" + customer, key, {{"status", "ACTIVE"}}).code(), "FORBIDDEN");
  EXPECT_EQ(get("/v1/customers/me", boss).code(), "MISSING_PARAM");
  EXPECT_EQ(get("/v1/customers/me?customer_id=" + other, boss).id(), other);
}

TEST_F(ApiCustomers, SuspendedOnesAreKeptOutAtOnce) {
  EXPECT_EQ(get("/v1/customers/me", key).status, 200u);
  ask("PATCH", "/v1/customers/" + customer, boss, {{"status", "SUSPENDED"}});
  EXPECT_EQ(get("/v1/customers/me", key).code(), "NO_ACTIVE_CUSTOMER");
  ask("PATCH", "/v1/customers/" + customer, boss, {{"status", "ACTIVE"}});
  EXPECT_EQ(get("/v1/customers/me", key).status, 200u);
}

TEST_F(ApiCustomers, WithTrunksAreNotDeleted) {
  create("/v1/trunks?customer_id=" + customer, {{"name", "main"}, {"auth_type", "IP_ACL"}});
  const auto refused = ask("DELETE", "/v1/customers/" + customer, boss);
  EXPECT_EQ(refused.code(), "CONFLICT");
  EXPECT_EQ(refused.body["error"]["details"]["reason"], "in_use");
}

TEST_F(ApiCustomers, ContractsFollowEachOther) {
  const auto plan =
      create("/v1/rate-plans", {{"name", unique("a")}, {"kind", "CUSTOMER"}, {"currency", "USD"}});
  const auto next =
      create("/v1/rate-plans", {{"name", unique("b")}, {"kind", "CUSTOMER"}, {"currency", "USD"}});
  const auto path = "/v1/customers/" + customer + "/contracts";
  EXPECT_EQ(ask("POST", path, boss, {{"rate_plan_id", plan}}).status, 201u);
  EXPECT_EQ(get("/v1/customers/me", key).data()["rate_plan_id"], plan);
  EXPECT_EQ(ask("POST", path, boss, {{"rate_plan_id", next}}).status, 201u);
  EXPECT_EQ(get("/v1/customers/me", key).data()["rate_plan_id"], next);
  const auto contracts = get(path, key);
  EXPECT_EQ(contracts.data().size(), 2u);
  EXPECT_NE(contracts.data()[1]["ends_at"], Json());
  EXPECT_EQ(get("/v1/customers/" + other + "/contracts", key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("POST", path, key, {{"rate_plan_id", plan}}).code(), "FORBIDDEN");
  EXPECT_EQ(ask("POST", path, boss, {{"rate_plan_id", kNobody}}).code(), "CONFLICT");
  EXPECT_EQ(ask("DELETE", path + "/current", boss).status, 204u);
  EXPECT_EQ(ask("DELETE", path + "/current", boss).code(), "NOT_FOUND");
}

TEST_F(ApiCustomers, KeysAreShownOnceAndRevokedAtOnce) {
  const auto path = "/v1/customers/" + customer + "/api-keys";
  const auto made = ask("POST", path, boss, {{"name", "ci"}, {"scopes", {"trunks:read"}}, {"test", true}});
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto secret = made.data()["key"].get<std::string>();
  EXPECT_TRUE(secret.starts_with("rk_test_"));
  EXPECT_EQ(made.data()["test"], true);
  EXPECT_EQ(made.data()["step_up_exempt"], true);
  EXPECT_EQ(get("/v1/trunks", secret).status, 200u);
  const auto listed = get(path, key);
  EXPECT_EQ(listed.text.find(secret), std::string::npos);
  EXPECT_EQ(listed.data().size(), 2u);
  const auto one = path + "/" + made.id();
  EXPECT_EQ(get(one, key).data()["prefix"], made.data()["prefix"]);
  EXPECT_EQ(ask("DELETE", one, key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("DELETE", one, boss).status, 204u);
  EXPECT_EQ(ask("DELETE", one, boss).status, 204u) << "again: no change";
  EXPECT_EQ(get("/v1/trunks", secret).code(), "UNAUTHORIZED");
  EXPECT_EQ(get(path, key).data().size(), 1u);
  EXPECT_EQ(get(path + "?include_revoked=true", key).data().size(), 2u);
  EXPECT_GE(get(one + "/audit", key).data().size(), 2u);
  EXPECT_GE(get(path + "/audit", key).data().size(), 3u);
  EXPECT_EQ(get(path + "/" + kNobody, key).code(), "NOT_FOUND");
  EXPECT_EQ(get(path + "/" + kNobody + "/audit", key).code(), "NOT_FOUND");
}

TEST_F(ApiCustomers, KeysOfOthersDoNotExist) {
  const auto made =
      ask("POST", "/v1/customers/" + other + "/api-keys", boss, {{"name", "x"}, {"scopes", {"trunks:read"}}});
  const auto mine = "/v1/customers/" + customer + "/api-keys/" + made.id();
  EXPECT_EQ(get(mine, key).code(), "NOT_FOUND");
  EXPECT_EQ(get(mine, boss).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", mine, boss).code(), "NOT_FOUND");
  EXPECT_EQ(get("/v1/customers/" + other + "/api-keys/" + made.id(), key).code(), "FORBIDDEN");
}

TEST_F(ApiCustomers, ScopesOfKeysAreChecked) {
  const auto path = "/v1/customers/" + customer + "/api-keys";
  EXPECT_EQ(ask("POST", path, boss, {{"name", "x"}, {"scopes", {"admin:*"}}}).code(), "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(ask("POST", path, boss, {{"name", "x"}, {"scopes", {"trunks:fly"}}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("POST", std::string("/v1/customers/") + kNobody + "/api-keys", boss,
                {{"name", "x"}, {"scopes", {"trunks:read"}}})
                .code(),
            "NOT_FOUND");
}

TEST_F(ApiCustomers, OperatorKeysReplaceTheBootstrapKey) {
  const auto made =
      ask("POST", "/v1/operator-keys", boss, {{"name", unique("noc")}, {"scopes", {"admin:*"}}});
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto secret = made.data()["key"].get<std::string>();
  EXPECT_EQ(get("/v1/customers", secret).status, 200u);
  EXPECT_EQ(get("/v1/operator-keys/" + made.id(), secret).id(), made.id());
  EXPECT_EQ(get("/v1/operator-keys", key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("DELETE", "/v1/operator-keys/" + made.id(), boss).status, 204u);
  EXPECT_EQ(get("/v1/customers", secret).code(), "UNAUTHORIZED");
}

TEST_F(ApiCustomers, CapacityIsShownByClass) {
  ask("PATCH", "/v1/customers/" + customer, boss,
      {{"allowed_number_classes", {"local"}},
       {"capacity", {{"local", {{"inbound", {{"cps", 5}, {"channels", 50}}}}}}}});
  const auto capacity = get("/v1/account/capacity", key).data();
  ASSERT_EQ(capacity["classes"].size(), 1u);
  EXPECT_EQ(capacity["classes"][0]["inbound"]["cps"], 5);
  EXPECT_EQ(capacity["classes"][0]["outbound"]["cps"], Json());
}

}  // namespace
}  // namespace warp::test
