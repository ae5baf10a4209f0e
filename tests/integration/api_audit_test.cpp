// The audit trail through the API: who sees what of it, its export, and whether it is whole.
#include <algorithm>
#include <set>

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiAudit : public ApiFixture {
 protected:
  std::string trail(const std::string& more = "") const {
    return "/v1/customers/" + customer + "/audit" + more;
  }
  ApiReply make_role(const std::string& name, const std::string& more = "") {
    const Json body{{"name", name}, {"display_name", "Role"}, {"scopes", Json::array()}};
    return send("POST", "/v1/customers/" + customer + "/roles", key, body.dump(), "application/json", more);
  }
};

TEST_F(ApiAudit, SaysWhoDidWhatFromWhere) {
  const auto made = make_role("watched", "User-Agent: =cmd()\r\nX-Request-Id: req-audit-1\r\n");
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto found = get(trail("?object_type=role&object_id=" + made.id()), key);
  ASSERT_EQ(found.data().size(), 1u) << found.text;
  const auto& event = found.data()[0];
  EXPECT_EQ(event["event"], "insert");
  EXPECT_EQ(event["customer_id"], customer);
  EXPECT_TRUE(event["actor"].get<std::string>().starts_with("api_key:")) << event["actor"];
  EXPECT_EQ(event["request_id"], "req-audit-1");
  EXPECT_EQ(event["ip"], "127.0.0.1");
  EXPECT_EQ(event["user_agent"], "=cmd()");
  EXPECT_EQ(event["before"], Json());
  EXPECT_EQ(event["after"]["name"], "watched");
  for (const auto* same :
       {"&event=insert", "&ip=127.0.0.0/8", "&request_id=req-audit-1", "&from=2020-01-01T00:00:00Z"})
    EXPECT_EQ(get(trail("?object_type=role" + std::string(same)), key).data().size(), 1u) << same;
  for (const auto* none : {"&event=delete", "&ip=10.0.0.0/8", "&actor=nobody", "&to=2020-01-01T00:00:00Z"})
    EXPECT_EQ(get(trail("?object_type=role" + std::string(none)), key).data().size(), 0u) << none;
  EXPECT_EQ(get(trail("?ip=somewhere"), key).code(), "INVALID_PARAM");
  EXPECT_EQ(get(trail("?limit=501"), key).code(), "INVALID_PARAM");
}

TEST_F(ApiAudit, AChangeHasBothSides) {
  const auto id = make_role("changed").id();
  ask("PATCH", "/v1/customers/" + customer + "/roles/" + id, key, {{"display_name", "After"}});
  const auto found = get(trail("?event=update&object_id=" + id), key);
  ASSERT_EQ(found.data().size(), 1u) << found.text;
  EXPECT_EQ(found.data()[0]["before"]["display_name"], "Role");
  EXPECT_EQ(found.data()[0]["after"]["display_name"], "After");
}

TEST_F(ApiAudit, IsReadPageByPage) {
  for (int i = 0; i < 5; ++i)
    make_role("page-" + std::to_string(i));
  std::set<std::int64_t> seen;
  std::string more;
  for (int pages = 0; pages < 5; ++pages) {
    const auto page = get(trail("?object_type=role&limit=2" + more), key);
    ASSERT_EQ(page.status, 200u) << page.text;
    for (const auto& event : page.data())
      EXPECT_TRUE(seen.insert(event["id"].get<std::int64_t>()).second);
    const auto& next = page.body["meta"]["next_cursor"];
    if (next.is_null()) break;
    more = "&cursor=" + next.get<std::string>();
  }
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_EQ(get(trail("?cursor=WzEsMl0"), key).code(), "INVALID_PARAM") << "two values";
}

TEST_F(ApiAudit, IsOneCustomersAlone) {
  const auto id = make_role("mine").id();
  EXPECT_EQ(get(trail(), other_key).code(), "FORBIDDEN");
  EXPECT_EQ(get("/v1/audit", key).code(), "FORBIDDEN");
  EXPECT_EQ(get("/v1/customers/" + other + "/audit?object_id=" + id, other_key).data().size(), 0u);
  EXPECT_EQ(get("/v1/audit?object_id=" + id, boss).data().size(), 1u);
  EXPECT_EQ(get("/v1/audit?object_id=" + id + "&customer_id=" + other, boss).data().size(), 0u);
  EXPECT_EQ(get(trail(), key_of(customer, {"trunks:read"})).code(), "FORBIDDEN");
}

TEST_F(ApiAudit, AnExportIsAFileWithoutFormulasAndAnEvent) {
  make_role("exported", "User-Agent: =cmd()\r\n");
  const auto file = get(trail("/export?object_type=role"), key);
  ASSERT_EQ(file.status, 200u) << file.text;
  EXPECT_TRUE(file.headers.get_or("Content-Type", "").starts_with("text/csv"));
  EXPECT_TRUE(file.text.starts_with("id,at,customer_id,actor,event,")) << file.text;
  EXPECT_NE(file.text.find(",'=cmd(),"), std::string::npos) << file.text;
  EXPECT_EQ(std::count(file.text.begin(), file.text.end(), '\r'), 2);
  const auto lines = get(trail("/export?object_type=role&format=jsonl"), key);
  EXPECT_EQ(Json::parse(lines.text)["after"]["name"], "exported") << lines.text;
  const auto exports = get(trail("?event=export"), key);
  ASSERT_EQ(exports.data().size(), 2u) << exports.text;
  EXPECT_EQ(exports.data()[0]["after"]["object_type"], "role");
  EXPECT_EQ(get(trail("/export"), key_of(customer, {"audit:read"})).code(), "FORBIDDEN");
}

TEST_F(ApiAudit, WhatIsSealedCannotBeChangedUnseen) {
  const auto id = make_role("sealed").id();
  while (sql("SELECT audit.seal('0 seconds', 100000)") != "0") {
  }
  const auto whole = get("/v1/audit/verify?seals=1000000", boss);
  ASSERT_EQ(whole.status, 200u) << whole.text;
  EXPECT_EQ(whole.data()["agrees"], true) << whole.text;
  const auto row = sql("SELECT id FROM audit.events WHERE object_id = '" + id + "'");
  const auto actor = sql("SELECT actor FROM audit.events WHERE id = " + row);
  sql("UPDATE audit.events SET actor = 'somebody else' WHERE id = " + row);
  const auto broken = get("/v1/audit/verify?seals=1000000", boss);
  sql("UPDATE audit.events SET actor = '" + actor + "' WHERE id = " + row);
  EXPECT_EQ(broken.data()["agrees"], false);
  ASSERT_EQ(broken.data()["broken"].size(), 1u) << broken.text;
  const auto event = std::stoll(row);
  EXPECT_LE(broken.data()["broken"][0]["first_id"].get<std::int64_t>(), event);
  EXPECT_GE(broken.data()["broken"][0]["last_id"].get<std::int64_t>(), event);
  EXPECT_EQ(get("/v1/audit/verify?seals=1000000", boss).data()["agrees"], true);
  const auto seals = get("/v1/audit/seals?limit=1", boss);
  ASSERT_EQ(seals.data().size(), 1u) << seals.text;
  EXPECT_EQ(seals.data()[0]["digest"].get<std::string>().size(), 64u);
  EXPECT_EQ(get("/v1/audit/verify", key).code(), "FORBIDDEN");
}

TEST_F(ApiAudit, NobodyWritesIt) {
  for (const auto* role : {"warp_daemon", "warp_operator"})
    for (const auto* change :
         {"UPDATE audit.events SET actor = 'x'", "DELETE FROM audit.events",
          "INSERT INTO audit.events (actor, event, object_type, object_id) VALUES ('x', 'x', "
          "'x', 'x')",
          "DELETE FROM audit.seals"})
      EXPECT_THROW(sql("SET SESSION AUTHORIZATION warpd; SET ROLE " + std::string(role) + "; " + change),
                   std::runtime_error)
          << role << ": " << change;
}

}  // namespace
}  // namespace warp::test
