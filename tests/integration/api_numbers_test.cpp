#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiNumbers : public ApiFixture {
 protected:
  std::string owned(const std::string& whose) {
    return create("/v1/numbers", {{"tn", unique_tn()}, {"customer_id", whose}});
  }
  std::string trunk(const std::string& by) {
    return ask("POST", "/v1/trunks", by, {{"name", unique("t")}, {"auth_type", "IP_ACL"}}).id();
  }
};

TEST_F(ApiNumbers, AreStockedAssignedRoutedAndReleased) {
  const auto tn = unique_tn();
  const auto stocked = ask("POST", "/v1/numbers", boss, {{"tn", "+1" + tn}, {"type", "did"}});
  ASSERT_EQ(stocked.status, 201u) << stocked.text;
  EXPECT_EQ(stocked.data()["tn"], tn);
  EXPECT_EQ(stocked.data()["status"], "available");
  const auto path = "/v1/numbers/" + tn;
  EXPECT_EQ(get(path, key).code(), "TN_NOT_OWNED");
  EXPECT_EQ(ask("POST", "/v1/numbers", boss, {{"tn", tn}}).code(), "CONFLICT");

  const auto assigned = ask("POST", path + "/assign", key, {{"friendly_name", "front desk"}});
  ASSERT_EQ(assigned.status, 200u) << assigned.text;
  EXPECT_EQ(assigned.data()["status"], "held");
  EXPECT_EQ(assigned.data()["friendly_name"], "front desk");
  EXPECT_EQ(ask("POST", path + "/assign", other_key).code(), "TN_ALREADY_ASSIGNED");
  EXPECT_EQ(ask("POST", "/v1/numbers/9995550000/assign", key).code(), "TN_UNAVAILABLE");
  EXPECT_EQ(get("/v1/numbers/1" + tn, key).data()["tn"], tn) << "11 digits are the same number";

  const auto to = trunk(key);
  const auto voice = ask("PATCH", path + "/voice", key, {{"trunk_id", to}, {"voice_routing_type", "trunk"}});
  ASSERT_EQ(voice.status, 200u) << voice.text;
  EXPECT_EQ(voice.data()["trunk_id"], to);
  EXPECT_EQ(get(path, key).data()["status"], "active");
  EXPECT_EQ(ask("DELETE", path + "/voice", key).status, 204u);
  EXPECT_EQ(get(path, key).data()["voice"], Json());
  EXPECT_EQ(get(path, key).data()["status"], "held");

  EXPECT_EQ(ask("POST", path + "/release", key).status, 200u);
  EXPECT_EQ(ask("POST", path + "/release", key).code(), "TN_NOT_OWNED");
  EXPECT_EQ(ask("DELETE", path, key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
}

TEST_F(ApiNumbers, AreNamed) {
  const auto path = "/v1/numbers/" + owned(customer);
  EXPECT_EQ(ask("PATCH", path, key, {{"friendly_name", "fax"}}).data()["friendly_name"], "fax");
  EXPECT_EQ(ask("PATCH", path, key, {{"status", "active"}}).code(), "FORBIDDEN");
  EXPECT_EQ(ask("PATCH", path, key, {{"colour", "red"}}).code(), "INVALID_REQUEST");
  EXPECT_EQ(ask("PATCH", path, boss, {{"status", "held"}}).status, 200u);
}

TEST_F(ApiNumbers, GoToOwnTrunksOnly) {
  const auto path = "/v1/numbers/" + owned(customer) + "/voice";
  const auto foreign = trunk(other_key);
  EXPECT_EQ(ask("PATCH", path, key, {{"trunk_id", foreign}}).code(), "TRUNK_UNOWNED");
  EXPECT_EQ(ask("PATCH", path, boss, {{"trunk_id", foreign}}).code(), "TRUNK_UNOWNED");
  EXPECT_EQ(ask("PATCH", path, key, {{"voice_routing_type", "sip_uri"}}).code(), "INVALID_REQUEST");
}

TEST_F(ApiNumbers, AreListedByPageAndFilter) {
  const auto first = owned(customer);
  const auto second = owned(customer);
  owned(other);
  ask("PATCH", "/v1/numbers/" + first + "/voice", key, {{"trunk_id", trunk(key)}});
  const auto all = get("/v1/numbers", key);
  EXPECT_EQ(all.data().size(), 2u);
  EXPECT_EQ(all.body["meta"]["per_page"], 50);
  EXPECT_EQ(all.body["meta"]["total"], 2);
  EXPECT_EQ(get("/v1/numbers?size=1&page=2", key).data()[0]["tn"], second);
  EXPECT_EQ(get("/v1/numbers?voice_configured=true", key).data()[0]["tn"], first);
  EXPECT_EQ(get("/v1/numbers?voice_configured=false", key).data()[0]["tn"], second);
  EXPECT_EQ(get("/v1/numbers?sms_configured=true", key).data().size(), 0u);
  EXPECT_EQ(get("/v1/numbers?search=" + second, key).data().size(), 1u);
  EXPECT_EQ(get("/v1/numbers?status=active", key).data().size(), 1u);
  EXPECT_EQ(get("/v1/numbers?type=tfn", key).data().size(), 0u);
  EXPECT_EQ(get("/v1/numbers?status=sold", key).code(), "INVALID_PARAM");
  ask("POST", "/v1/numbers/" + second + "/release", key);
  EXPECT_EQ(get("/v1/numbers", key).data().size(), 1u) << "released ones are left out";
  EXPECT_EQ(get("/v1/numbers?status=all", key).data().size(), 2u);
}

TEST_F(ApiNumbers, AreRoutedInBulkEachByItself) {
  const auto mine = owned(customer);
  const auto foreign = owned(other);
  const auto to = trunk(key);
  const auto done = ask("POST", "/v1/numbers/bulk-route", key, {{"tns", {mine, foreign}}, {"trunk_id", to}});
  ASSERT_EQ(done.status, 200u) << done.text;
  EXPECT_EQ(done.data()["routed_count"], 1);
  EXPECT_EQ(done.data()["results"][1]["error"]["code"], "TN_NOT_OWNED");
  EXPECT_EQ(
      ask("POST", "/v1/numbers/bulk-route", key, {{"tns", {mine}}, {"trunk_id", trunk(other_key)}}).code(),
      "TRUNK_UNOWNED");
  EXPECT_EQ(ask("POST", "/v1/numbers/bulk-route", key, {{"tns", {"12"}}, {"trunk_id", to}}).code(),
            "INVALID_REQUEST");
  EXPECT_EQ(ask("POST", "/v1/numbers/bulk-route", key,
                {{"tns", std::vector<std::string>(201, mine)}, {"trunk_id", to}})
                .code(),
            "INVALID_REQUEST");
}

TEST_F(ApiNumbers, OfAllCustomersForOperators) {
  const auto tn = owned(customer);
  EXPECT_EQ(get("/v1/numbers?search=" + tn, boss).data().size(), 1u);
  EXPECT_EQ(get("/v1/numbers?search=" + tn + "&customer_id=" + other, boss).data().size(), 0u);
  const auto stock = create("/v1/numbers", {{"tn", unique_tn()}});
  EXPECT_EQ(get("/v1/numbers?status=available&search=" + stock, boss).data().size(), 1u);
  EXPECT_EQ(get("/v1/numbers?status=available&search=" + stock, key).data().size(), 0u);
}

}  // namespace
}  // namespace warp::test
