// What all reads and writes have beyond their resource: versions, places in lists, many changes at once.
#include <algorithm>
#include <set>
#include <thread>

#include "warp/redis/client.h"

#include "../src/api/shared_limiter.h"
#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
using namespace std::chrono_literals;

class ApiManners : public ApiFixture {
 protected:
  ApiReply with(const std::string& method, const std::string& path, const std::string& by,
                const std::string& header, const Json& body = {}) {
    return send(method, path, by, body.is_null() ? "" : body.dump(), "application/json", header + "\r\n");
  }
  std::string trunk(const std::string& by) {
    return ask("POST", "/v1/trunks", by, {{"name", unique("t")}, {"auth_type", "IP_ACL"}}).id();
  }
  static std::string sql(const std::string& text) {
    return Postgres::instance().run(Postgres::instance().migrated_database(), text);
  }
  // The list by cursor, `limit` at a time; what of each row `name` is.
  std::vector<std::string> walk(const std::string& path, const std::string& name, const std::string& by) {
    std::vector<std::string> out;
    std::string cursor;
    for (int parts = 0; parts < 100; ++parts) {
      const auto reply = get(path + (cursor.empty() ? "" : "&cursor=" + cursor), by);
      EXPECT_EQ(reply.status, 200u) << reply.text;
      if (reply.status != 200) break;
      for (const auto& row : reply.data())
        out.push_back(row[name].is_string() ? row[name].get<std::string>() : row[name].dump());
      const auto& next = reply.body["meta"]["next_cursor"];
      if (next.is_null()) return out;
      cursor = next.get<std::string>();
    }
    ADD_FAILURE() << path << " has no end";
    return out;
  }
};

TEST_F(ApiManners, AnObjectHasAVersion) {
  const auto path = "/v1/trunks/" + trunk(key);
  const auto first = get(path, key);
  const std::string etag(first.headers.get_or("ETag", ""));
  ASSERT_EQ(etag.size(), 18u);
  EXPECT_EQ(get(path, key).headers.get("ETag"), etag);
  const auto same = with("GET", path, key, "If-None-Match: " + etag);
  EXPECT_EQ(same.status, 304u);
  EXPECT_TRUE(same.text.empty());
  EXPECT_EQ(same.headers.get("ETag"), etag);
  EXPECT_FALSE(same.headers.get("Content-Length"));
  EXPECT_EQ(get(path + "?fields=id,name", key).headers.get("ETag"), etag) << "of the whole, always";

  const auto changed = with("PUT", path, key, "If-Match: " + etag, {{"description", "new"}});
  EXPECT_EQ(changed.status, 200u) << changed.text;
  const auto late = with("PUT", path, key, "If-Match: " + etag, {{"description", "lost"}});
  EXPECT_EQ(late.status, 412u) << late.text;
  EXPECT_EQ(late.code(), "PRECONDITION_FAILED");
  const auto now = get(path, key);
  EXPECT_EQ(now.data()["description"], "new");
  EXPECT_NE(now.headers.get("ETag"), etag);
  EXPECT_EQ(late.body["error"]["details"]["etag"], std::string(now.headers.get_or("ETag", "")));
  EXPECT_EQ(with("GET", path, key, "If-None-Match: " + etag).status, 200u);
  EXPECT_EQ(with("DELETE", path, key, "If-Match: " + etag).status, 412u);
  EXPECT_EQ(with("DELETE", path, key, "If-Match: *").status, 204u);
  EXPECT_EQ(with("DELETE", path, key, "If-Match: " + etag).status, 404u);
}

TEST_F(ApiManners, AListIsWalkedByCursor) {
  const auto stem = unique("walk");
  std::set<std::string> made;
  for (int i = 0; i < 7; ++i)
    made.insert(create("/v1/customers", {{"name", stem + "-" + std::to_string(i)}}));
  const auto list = "/v1/customers?search=" + stem + "&limit=3";
  for (const char* sort : {"", "&sort=name", "&sort=-name", "&sort=created_at", "&sort=-updated_at"}) {
    const auto walked = walk(list + sort, "id", boss);
    EXPECT_EQ(walked.size(), 7u) << sort;
    EXPECT_EQ(std::set<std::string>(walked.begin(), walked.end()), made) << sort;
  }
  auto up = walk(list + "&sort=name", "name", boss), down = walk(list + "&sort=-name", "name", boss);
  EXPECT_TRUE(std::is_sorted(up.begin(), up.end()));
  std::reverse(down.begin(), down.end());
  EXPECT_EQ(up, down);
  const auto page = get("/v1/customers?search=" + stem + "&page=2&per_page=3", boss);
  EXPECT_EQ(page.body["meta"]["total"], 7) << "pages are as ever";
  EXPECT_EQ(page.body["meta"]["page"], 2);
}

TEST_F(ApiManners, ACursorIsOfItsListAndOrder) {
  const auto stem = unique("cursor");
  for (int i = 0; i < 3; ++i)
    create("/v1/customers", {{"name", stem + "-" + std::to_string(i)}});
  const auto list = "/v1/customers?search=" + stem + "&limit=1";
  const auto cursor = get(list, boss).body["meta"]["next_cursor"].get<std::string>();
  EXPECT_EQ(get(list + "&cursor=" + cursor, boss).status, 200u);
  for (const auto& bad :
       {cursor.substr(1), std::string("x"), std::string("!!!"), std::string("W10"), std::string(1000, 'A')}) {
    const auto reply = get(list + "&cursor=" + bad, boss);
    EXPECT_EQ(reply.status, 400u) << bad << " " << reply.text;
    EXPECT_EQ(reply.code(), "INVALID_PARAM");
  }
  EXPECT_EQ(get(list + "&sort=-name&cursor=" + cursor, boss).code(), "INVALID_PARAM");
  EXPECT_EQ(get(list + "&sort=secret_hash", boss).code(), "INVALID_PARAM");
  EXPECT_EQ(get("/v1/cdr/details?limit=1&cursor=" + cursor, key).code(), "INVALID_PARAM");
}

TEST_F(ApiManners, EveryListThatSaysSoIsWalked) {
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(ask("POST", "/v1/customers/" + customer + "/payments", boss,
                  {{"amount", "1"}, {"reference", std::to_string(i)}})
                  .status,
              201u);
  EXPECT_EQ(walk("/v1/billing/ledger?limit=2", "id", key).size(), 5u);
  EXPECT_EQ(walk("/v1/billing/ledger?limit=2", "id", other_key).size(), 0u);
  const auto when = *api::parse_timestamp("2025-04-10T12:00:00Z");
  SecureIdSource ids;
  std::vector<domain::CallRecord> records;
  for (int i = 0; i < 5; ++i) {
    domain::CallRecord record;
    record.id.value = record.call.value = ids.uuid7(when);
    record.customer = *CustomerId::parse(customer);
    record.setup_at = when + std::chrono::seconds(i / 2);  // two of one moment
    record.ended_at = record.setup_at + 1s;
    records.push_back(record);
  }
  server_.store(records);
  for (const char* sort : {"", "&sort=start_time", "&sort=-duration"})
    EXPECT_EQ(walk("/v1/cdr/details?start_date=2025-04-10&end_date=2025-04-10&limit=2" + std::string(sort),
                   "id", key)
                  .size(),
              5u)
        << sort;
  for (int i = 0; i < 3; ++i)
    server_.store(server_.message(*CustomerId::parse(customer)));
  EXPECT_EQ(walk("/v1/messages?limit=2", "id", key).size(), 3u);
  for (const char* path :
       {"/v1/routes?limit=200&sort=-priority", "/v1/routes?limit=200", "/v1/jobs?limit=50"})
    EXPECT_EQ(get(path, boss).status, 200u) << path;
  EXPECT_EQ(get("/v1/messaging/deliveries?limit=2&sort=-created_at", key).status, 200u);
}

TEST_F(ApiManners, AWholeListOfAddressesHoldsTogether) {
  const auto path = "/v1/trunks/" + trunk(key) + "/ips";
  const auto taken = "/v1/trunks/" + trunk(other_key) + "/ips";
  const auto entry = [](const char* ip) { return Json{{"ip", ip}}; };
  const auto addresses = [&] {
    std::set<std::string> out;
    for (const auto& row : get(path, key).data())
      out.insert(row["ip"].get<std::string>());
    return out;
  };
  ASSERT_EQ(ask("PUT", path, key, {{"ips", {entry("198.19.5.101"), entry("198.19.5.102")}}}).status, 200u);
  const auto before = get(path, key).data();
  EXPECT_EQ(addresses().size(), 2u);
  const auto kept = ask("PUT", path, key, {{"ips", {entry("198.19.5.102"), entry("198.19.5.103")}}});
  ASSERT_EQ(kept.status, 200u) << kept.text;
  EXPECT_EQ(addresses().size(), 2u);
  bool same_id = false;
  for (const auto& was : before)
    for (const auto& is : kept.data())
      same_id = same_id || (was["ip"] == is["ip"] && was["id"] == is["id"]);
  EXPECT_TRUE(same_id) << "what stays keeps its id";

  ASSERT_EQ(ask("POST", taken, other_key, entry("198.19.5.150")).status, 201u);
  const auto was = addresses();
  const auto refused = ask("PUT", path, key, {{"ips", {entry("198.19.5.104"), entry("198.19.5.150")}}});
  EXPECT_EQ(refused.status, 400u) << refused.text;
  EXPECT_EQ(addresses(), was) << "all of it or nothing";
  const auto twice = ask("PUT", path, key, {{"ips", {entry("198.19.5.104"), entry("198.19.5.104")}}});
  EXPECT_EQ(twice.code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PUT", path, key, {{"ips", Json::array()}}).data().size(), 0u);
  ask("PUT", taken, other_key, {{"ips", Json::array()}});
}

TEST_F(ApiManners, KeysAreRevokedTogether) {
  const auto path = "/v1/customers/" + customer + "/api-keys";
  const auto made = [&] {
    const auto reply = ask("POST", path, boss, {{"name", "n"}, {"scopes", {"trunks:read"}}});
    return std::pair(reply.id(), reply.data()["key"].get<std::string>());
  };
  const auto [first, first_key] = made();
  const auto [second, second_key] = made();
  const auto foreign = get("/v1/customers/" + other + "/api-keys", boss).data()[0]["id"].get<std::string>();
  const auto refused = ask("POST", path + "/revoke", boss, {{"key_ids", {first, foreign}}});
  EXPECT_EQ(refused.code(), "NOT_FOUND") << refused.text;
  EXPECT_EQ(get("/v1/trunks", first_key).status, 200u);
  const auto done = ask("POST", path + "/revoke", boss, {{"key_ids", {first, second}}});
  ASSERT_EQ(done.status, 200u) << done.text;
  EXPECT_EQ(done.data().size(), 2u);
  EXPECT_EQ(get("/v1/trunks", first_key).status, 401u);
  EXPECT_EQ(get("/v1/trunks", second_key).status, 401u);
  EXPECT_EQ(ask("POST", path + "/revoke", other_key, {{"key_ids", {first}}}).status, 403u);
}

TEST_F(ApiManners, JobsAreListedAndCancelled) {
  const auto kind = unique("kind");
  const auto id =
      sql("INSERT INTO warp.jobs (kind, done, total) VALUES ('" + kind + "@node', 30, 120) RETURNING id");
  const auto listed = get("/v1/jobs?state=waiting&kind=" + kind, boss);
  ASSERT_EQ(listed.data().size(), 1u) << listed.text;
  EXPECT_EQ(listed.data()[0]["id"], id);
  EXPECT_EQ(listed.data()[0]["percent"], 25);
  const auto cancelled = ask("POST", "/v1/jobs/" + id + "/cancel", boss);
  EXPECT_EQ(cancelled.status, 200u) << cancelled.text;
  EXPECT_EQ(cancelled.data()["state"], "cancelled");
  EXPECT_EQ(ask("POST", "/v1/jobs/" + id + "/cancel", boss).code(), "CONFLICT");
  EXPECT_EQ(ask("POST", "/v1/jobs/0190c7a0-0000-7000-8000-000000000077/cancel", boss).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", "/v1/jobs/" + id + "/cancel", key).code(), "FORBIDDEN");
  EXPECT_EQ(sql("SELECT count(*) FROM audit.events WHERE object_type = 'job' AND object_id = '" + id + "'"),
            "1");
}

TEST_F(ApiManners, AnExportIsAuditedAndCompressed) {
  const auto plain = get("/v1/cdr/export?start_date=2025-04-11&end_date=2025-04-11", key);
  ASSERT_EQ(plain.status, 200u);
  EXPECT_EQ(
      sql("SELECT count(*) FROM audit.events WHERE event = 'export' AND customer_id = '" + customer + "'"),
      "1");
  const auto packed =
      with("GET", "/v1/cdr/export?start_date=2025-04-11&end_date=2025-04-11", key, "Accept-Encoding: gzip");
  EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.text.substr(0, 2), "\x1f\x8b");
}

// The script itself, in Redis' own time.
TEST_F(ApiManners, BucketsInRedisAreSharedAndEnd) {
  metrics::Registry metrics;
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  ControlThread control;
  redis::Settings settings;
  settings.url = *redis::parse_url("unix://" + Redis::instance().socket());
  redis::Client client(control.executor(), settings, metrics, log);
  client.start();
  while (!client.healthy())
    std::this_thread::yield();
  api::RedisBuckets buckets(client);
  const auto name = "test:" + unique("bucket");
  const auto take = [&](std::uint32_t cost, std::uint32_t want) {
    std::vector<api::BucketAsk> asks{{name, {1, 10}, cost, want}, {name + ":other", {1, 100}, 1, 1}};
    return control.run(buckets.take(std::move(asks)));
  };
  auto got = take(1, 4);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 2u);
  EXPECT_EQ(got->at(0).taken, 4u);
  EXPECT_EQ(got->at(0).left, 6u);
  EXPECT_EQ(got->at(1).left, 99u);
  got = take(9, 9);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->at(0).taken, 0u) << "there is less than it costs";
  got = take(1, 50);
  ASSERT_TRUE(got);
  EXPECT_GE(got->at(0).taken, 6u);
  const auto life = control.run(client.command(std::vector<std::string>{"PTTL", name}));
  ASSERT_TRUE(life);
  EXPECT_GT(life->integer().value_or(0), 0);
  EXPECT_LE(life->integer().value_or(0), 11'000);
  control.run(client.close());
}

}  // namespace
}  // namespace warp::test
