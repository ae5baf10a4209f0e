// Nodes and draining, headline counts, and what changes of trunks announce.
#include <algorithm>

#include "warp/store/nodes.h"
#include "warp/store/outbox.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiNodesTest : public ApiFixture {
 protected:
  static std::string database() { return Postgres::instance().migrated_database(); }
  // A node that has arrived, and beats now and no more.
  std::string node() {
    store::NodeRepository nodes(t.pool);
    const auto name = unique("node");
    EXPECT_TRUE(t.run(nodes.arrive(name, "host", "1.2.3")));
    store::NodeBeat beat;
    beat.name = name;
    beat.phase = "ready";
    beat.calls = 7;
    EXPECT_TRUE(t.run(nodes.beat(beat)));
    return name;
  }

  TestPool t{Postgres::instance().conninfo(database())};
};

TEST_F(ApiNodesTest, AreSeenByOperatorsAlone) {
  const auto name = node();
  const auto one = get("/v1/nodes/" + name, boss);
  ASSERT_EQ(one.status, 200u) << one.text;
  EXPECT_EQ(one.data()["phase"], "ready");
  EXPECT_EQ(one.data()["calls"], 7);
  EXPECT_EQ(one.data()["draining"], false);
  EXPECT_EQ(one.data()["here"], false);
  const auto all = get("/v1/nodes", boss).data();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Json& row) { return row["name"] == name; }));
  EXPECT_EQ(get("/v1/nodes", key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("POST", "/v1/nodes/" + name + "/drain", key).code(), "FORBIDDEN");
  EXPECT_EQ(get("/v1/nodes/none-of-that-name", boss).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", "/v1/nodes/none-of-that-name/drain", boss).code(), "NOT_FOUND");
}

TEST_F(ApiNodesTest, AreDrainedAndTheTrailSaysByWhom) {
  const auto name = node();
  const auto drained = ask("POST", "/v1/nodes/" + name + "/drain", boss);
  ASSERT_EQ(drained.status, 200u) << drained.text;
  EXPECT_EQ(drained.data()["draining"], true);
  store::NodeRepository nodes(t.pool);
  store::NodeBeat beat;
  beat.name = name;
  beat.phase = "draining";
  const auto told = t.run(nodes.beat(beat));
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->draining) << "the node hears of it with its beat";
  EXPECT_TRUE(t.run(nodes.arrive(name, "host", "1.2.4"))->draining) << "and after a restart";
  EXPECT_EQ(ask("POST", "/v1/nodes/" + name + "/undrain", boss).data()["draining"], false);
  const auto trail = Postgres::instance().run(
      database(),
      "SELECT string_agg(actor || ' ' || (after ->> 'draining'), ',' ORDER BY id) FROM audit.events "
      "WHERE object_type = 'node' AND object_id = '" +
          name + "'");
  EXPECT_EQ(trail, "bootstrap true,bootstrap false") << "beats are no changes";
}

TEST_F(ApiNodesTest, ThatSayNothingAreGone) {
  const auto name = node();
  Postgres::instance().run(
      database(),
      "UPDATE warp.nodes SET beat_at = now() - interval '16 seconds' WHERE name = '" + name + "'");
  EXPECT_EQ(get("/v1/nodes/" + name, boss).data()["phase"], "gone");
}

TEST_F(ApiNodesTest, TheDashboardCountsWhatOneMaySee) {
  create("/v1/trunks?customer_id=" + customer, {{"name", unique("trunk")}, {"auth_type", "IP_ACL"}});
  const auto mine = get("/v1/dashboard/stats", key);
  ASSERT_EQ(mine.status, 200u) << mine.text;
  EXPECT_EQ(mine.data()["trunks"], 1);
  EXPECT_EQ(mine.data()["calls_today"], 0);
  EXPECT_TRUE(mine.data()["growth_percent"].is_null());
  EXPECT_TRUE(mine.data()["currency"].is_null());
  EXPECT_EQ(get("/v1/dashboard/stats", other_key).data()["trunks"], 0);
  EXPECT_GE(get("/v1/dashboard/stats", boss).data()["trunks"].get<int>(), 1);
  EXPECT_EQ(get("/v1/dashboard/stats?customer_id=" + other, boss).data()["trunks"], 0);
  EXPECT_EQ(get("/v1/dashboard/stats", key_of(customer, {"cdr:read"})).code(), "FORBIDDEN");
}

TEST_F(ApiNodesTest, PartsOfATrunkAnnounceThemselves) {
  store::OutboxRepository outbox(t.pool);
  const auto consumer = unique("consumer");
  ASSERT_TRUE(t.run(outbox.subscribe(consumer)));
  const auto of = "?customer_id=" + customer;
  const auto trunk = create("/v1/trunks" + of, {{"name", unique("trunk")}, {"auth_type", "IP_ACL"}});
  const auto path = "/v1/trunks/" + trunk;
  EXPECT_EQ(ask("POST", path + "/ips" + of, boss, {{"ip", "203.0.113.77"}, {"netmask", 32}}).status, 201u);
  EXPECT_EQ(ask("PATCH", path + of, boss, {{"enabled", false}}).status, 200u);
  EXPECT_EQ(ask("DELETE", path + of, boss).status, 204u);
  std::vector<std::string> seen;
  // Rows are given once every transaction before them has ended: those of other tests may still run.
  for (int i = 0; i < 200 && (seen.empty() || seen.back() != "trunk.deleted"); ++i) {
    const auto rows = t.run(outbox.next(consumer, 10'000));
    ASSERT_TRUE(rows);
    seen.clear();
    for (const auto& row : *rows)
      if (row.object.to_string() == trunk) seen.push_back(row.kind + row.payload);
    for (auto& text : seen)
      if (text.starts_with("trunk.deleted")) text = "trunk.deleted";
  }
  const auto has = [&](std::string_view text) {
    return std::any_of(seen.begin(), seen.end(),
                       [&](const std::string& one) { return one.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(has("trunk.created"));
  EXPECT_TRUE(has("\"changed\": \"ips\""));
  EXPECT_TRUE(has("\"changed\": \"trunk\""));
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back(), "trunk.deleted") << "what goes with its trunk says nothing";
  EXPECT_TRUE(t.run(outbox.unsubscribe(consumer)));
}

}  // namespace
}  // namespace warp::test
