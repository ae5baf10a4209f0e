// Webhook endpoints through the API, and what becomes of events on their way to them.
#include <mutex>
#include <set>

#include "warp/net/task_group.h"
#include "warp/store/outbox.h"
#include "warp/store/webhook_notices.h"
#include "warp/webhooks/pump.h"
#include "warp/webhooks/signature.h"
#include "warp/webhooks/worker.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using api::Json;

// The web server of somebody who wants to hear of events.
class Hook {
 public:
  Hook() {
    http::Route route;
    route.method = http::Method::Post;
    route.pattern = "/hook";
    route.handler = [this](http::Request request) { return take(this, std::move(request)); };
    router_.add(std::move(route));
    server_ = std::make_unique<http::Server>(io_.get_executor(), http::ServerSettings{}, router_,
                                             http::Hooks{}, clock_, log_, metrics_);
    if (auto started = server_->start(); !started) ADD_FAILURE() << started.error();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Hook() {
    asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
    work_.reset();
    io_.stop();
    thread_.join();
  }
  std::string url(const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(server_->port()) + "/hook";
  }
  void answer(unsigned status) {
    const std::lock_guard guard(mutex_);
    status_ = status;
  }
  struct Post {
    http::Headers headers;
    std::string body;
    std::string header(std::string_view name) const { return std::string(headers.get_or(name, "")); }
  };
  std::vector<Post> posts() {
    const std::lock_guard guard(mutex_);
    return posts_;
  }

 private:
  static asio::awaitable<http::Response> take(Hook* hook, http::Request request) {
    const std::lock_guard guard(hook->mutex_);
    hook->posts_.push_back({request.headers, request.body});
    auto response = http::Response::text(hook->status_, "said so");
    if (hook->status_ == 302) response.headers.set("Location", "http://169.254.169.254/");
    co_return response;
  }

  SystemClock clock_;
  log::Logger log_{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  metrics::Registry metrics_;
  http::Router router_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{asio::make_work_guard(io_)};
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
  std::mutex mutex_;  // guards the two below
  std::vector<Post> posts_;
  unsigned status_ = 204;
};

class ApiWebhooks : public ApiFixture {
 protected:
  void SetUp() override {
    sql("DELETE FROM webhooks.endpoints");
    sql("DELETE FROM webhooks.events");
    // Before any test's own: nothing of theirs is told to us.
    sql("DELETE FROM records.outbox");
    const auto done = t.run(pump_.subscribe());
    ASSERT_TRUE(done) << done.error().message;
  }
  void TearDown() override {
    store::OutboxRepository outbox(t.pool);
    t.run(outbox.unsubscribe("webhooks"));
    sql("DELETE FROM records.outbox");
  }

  Json make(const std::string& by, Json body) {
    body["url"] = "https://hooks.example.net/warp";
    const auto reply = ask("POST", "/v1/webhooks", by, std::move(body));
    EXPECT_EQ(reply.status, 201u) << reply.text;
    return reply.status == 201 ? reply.data() : Json{{"id", ""}, {"secret", ""}};
  }
  // An endpoint that calls the hook: the API would not name a private address.
  Json make_here(const std::string& by, const Json& events) {
    auto made = make(by, {{"events", events}});
    sql("UPDATE webhooks.endpoints SET url = '" + hook.url() + "' WHERE id = '" +
        made["id"].get<std::string>() + "'");
    return made;
  }
  static http::ClientSettings settings(bool private_targets) {
    http::ClientSettings out;
    out.plain = true;
    out.private_targets = private_targets;
    return out;
  }
  // Events to deliveries, until nothing is left; how many deliveries.
  std::uint64_t pump() {
    std::uint64_t count = 0;
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    store::OutboxRepository outbox(t.pool);
    // A transaction that still runs holds back what came after it.
    while (std::chrono::steady_clock::now() < deadline) {
      const auto round = t.run(pump_.once());
      EXPECT_TRUE(round) << round.error().message;
      if (!round) break;
      count += round->deliveries;
      if (sql("SELECT count(*) FROM records.outbox o, records.outbox_consumers c WHERE c.name = 'webhooks' "
              "AND (o.made_by, o.id) > (c.last_made_by, c.last_id)")
              .substr(0, 1) == "0")
        break;
    }
    return count;
  }
  // One round of a node: what is due, to its end.
  std::size_t work(bool private_targets = true) {
    auto client = http::Client::make(settings(private_targets));
    net::TaskGroup tasks(t.control.executor(), [](std::string_view, std::exception_ptr) { FAIL(); });
    SecureIdSource ids;
    webhooks::Worker worker({t.pool, **client, tasks, clock_, ids, t.log, t.metrics}, {"node"}, nullptr);
    const auto begun = t.run(worker.work_once());
    EXPECT_TRUE(tasks.wait(20s));
    return begun;
  }
  Json deliveries(const Json& endpoint, const std::string& more = "") {
    const auto reply = get("/v1/webhooks/" + endpoint["id"].get<std::string>() + "/deliveries" + more, key);
    EXPECT_EQ(reply.status, 200u) << reply.text;
    return reply.status == 200 ? reply.data() : Json::array();
  }
  std::string make_trunk() {
    const auto reply = ask("POST", "/v1/trunks", key, {{"name", unique("trunk")}, {"auth_type", "IP_ACL"}});
    EXPECT_LT(reply.status, 300u) << reply.text;
    return reply.id();
  }

  SystemClock clock_;
  Hook hook;
  TestPool t{Postgres::instance().conninfo(Postgres::instance().migrated_database())};
  webhooks::Pump pump_{t.pool};
};

TEST_F(ApiWebhooks, TheSecretIsShownOnce) {
  const auto made = make(key, {{"events", {"trunk.*"}}, {"description", "ours"}});
  const auto secret = made["secret"].get<std::string>();
  EXPECT_TRUE(secret.starts_with("whsec_"));
  const auto path = "/v1/webhooks/" + made["id"].get<std::string>();
  const auto read = get(path, key);
  EXPECT_EQ(read.data()["events"], Json::array({"trunk.*"}));
  EXPECT_EQ(read.data()["public_key"], Json());
  EXPECT_EQ(read.text.find(secret.substr(6)), std::string::npos);
  EXPECT_EQ(get("/v1/webhooks", key).text.find(secret.substr(6)), std::string::npos);
  const auto trail = sql("SELECT string_agg(e::text, '') FROM audit.events e WHERE object_type = 'webhook'");
  EXPECT_EQ(trail.find(secret.substr(6)), std::string::npos);
  EXPECT_NE(trail.find("secret_shown"), std::string::npos);
}

TEST_F(ApiWebhooks, ASeedStaysHere) {
  const auto made = make(key, {{"signature", "ed25519"}});
  EXPECT_EQ(made["secret"], Json());
  EXPECT_TRUE(made["public_key"].get<std::string>().starts_with("whpk_"));
}

TEST_F(ApiWebhooks, FiltersAndTargetsAreChecked) {
  for (const auto* filter : {"calls", "*.*", "call.c*", ""}) {
    const auto reply =
        ask("POST", "/v1/webhooks", key, {{"url", "https://hooks.example.net/"}, {"events", {filter}}});
    EXPECT_EQ(reply.code(), "INVALID_PAYLOAD") << filter;
  }
  for (const auto* url :
       {"http://hooks.example.net/", "https://127.1/", "https://0x7f000001/", "https://2130706433/",
        "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://localhost/",
        "https://a.localhost./", "https://user@hooks.example.net/", "ftp://hooks.example.net/",
        "https://[::1]/", "https://10.1.2.3:8443/"}) {
    const auto reply = ask("POST", "/v1/webhooks", key, {{"url", url}});
    EXPECT_EQ(reply.code(), "VALIDATION_ERROR") << url << " " << reply.text;
    EXPECT_TRUE(reply.body["error"]["details"]["fields"].contains("url")) << url;
  }
}

TEST_F(ApiWebhooks, AreOneCustomersAlone) {
  const auto id = make(key, Json::object())["id"].get<std::string>();
  const auto path = "/v1/webhooks/" + id;
  EXPECT_EQ(get(path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("PATCH", path, other_key, {{"enabled", false}}).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", path + "/rotate", other_key, Json::object()).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", path + "/test", other_key, Json::object()).code(), "NOT_FOUND");
  EXPECT_EQ(get(path + "/deliveries", other_key).code(), "NOT_FOUND");
  EXPECT_EQ(get(path, boss).code(), "NOT_FOUND") << "operators have their own";
  EXPECT_EQ(get(path + "?customer_id=" + customer, boss).status, 200u);
  EXPECT_TRUE(get("/v1/webhooks", other_key).data().empty());
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(get(path, key).code(), "NOT_FOUND");
}

TEST_F(ApiWebhooks, WhatHappensIsToldToThoseWhoAsk) {
  const auto trunks = make_here(key, {"trunk.*"});
  const auto calls = make_here(key, {"call.completed"});
  const auto others = make_here(other_key, {"*"});
  const auto operators = make_here(boss, {"trunk.created"});
  const auto trunk = make_trunk();
  EXPECT_GE(pump(), 2u);
  EXPECT_EQ(deliveries(calls).size(), 0u);
  EXPECT_GE(work(), 2u);
  const auto told = deliveries(trunks, "?type=trunk.created");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0]["state"], "delivered");
  EXPECT_EQ(told[0]["last_status"], 204);
  std::set<std::string> signatures;
  for (const auto& post : hook.posts()) {
    const auto body = Json::parse(post.body);
    EXPECT_EQ(body["customer_id"], customer) << "what another did is not theirs";
    if (body["type"] != "trunk.created") continue;
    EXPECT_EQ(body["data"]["id"], trunk);
    EXPECT_EQ(body["id"], post.header("webhook-id"));
    signatures.insert(post.header("webhook-signature"));
    EXPECT_EQ(post.header("webhook-id"), told[0]["event_id"]);
  }
  EXPECT_EQ(signatures.size(), 2u) << "the customer's and the operators', each by its own secret";
  EXPECT_EQ(others["customer_id"], other);
  EXPECT_EQ(operators["customer_id"], Json());
}

TEST_F(ApiWebhooks, WhatIsReadTwiceIsToldOnce) {
  const auto endpoint = make_here(key, {"trunk.created"});
  make_trunk();
  pump();
  sql("UPDATE records.outbox_consumers SET last_made_by = '0', last_id = 0 WHERE name = 'webhooks'");
  pump();
  EXPECT_EQ(deliveries(endpoint).size(), 1u);
}

TEST_F(ApiWebhooks, WhileASecretIsReplacedBothSign) {
  const auto endpoint = make_here(key, {"*"});
  const auto path = "/v1/webhooks/" + endpoint["id"].get<std::string>();
  const auto rotated = ask("POST", path + "/rotate", key, {{"overlap_seconds", 3600}});
  ASSERT_EQ(rotated.status, 200u) << rotated.text;
  EXPECT_NE(rotated.data()["secret"], endpoint["secret"]);
  EXPECT_NE(rotated.data()["previous_until"], Json());
  ASSERT_EQ(ask("POST", path + "/test", key, Json::object()).status, 202u);
  EXPECT_EQ(work(), 1u);
  ASSERT_EQ(hook.posts().size(), 1u);
  const auto post = hook.posts()[0];
  const auto sign = [&](const Json& secret) {
    return webhooks::sign(post.header("webhook-id"), std::stoll(post.header("webhook-timestamp")), post.body,
                          secret.get<std::string>());
  };
  EXPECT_EQ(post.header("webhook-signature"),
            sign(rotated.data()["secret"]) + " " + sign(endpoint["secret"]));
  const auto at_once = ask("POST", path + "/rotate", key, {{"overlap_seconds", 0}});
  EXPECT_EQ(at_once.data()["previous_until"], Json());
}

TEST_F(ApiWebhooks, WhatFailedIsTriedAgainWithTheSameId) {
  const auto endpoint = make_here(key, {"*"});
  const auto path = "/v1/webhooks/" + endpoint["id"].get<std::string>();
  hook.answer(500);
  const auto asked = ask("POST", path + "/test", key, {{"type", "trunk.created"}});
  ASSERT_EQ(asked.status, 202u) << asked.text;
  EXPECT_EQ(work(), 1u);
  const auto id = std::to_string(asked.data()["id"].get<std::int64_t>());
  auto detail = get("/v1/webhooks/deliveries/" + id, key);
  EXPECT_EQ(detail.data()["state"], "waiting");
  ASSERT_EQ(detail.data()["tries"].size(), 1u);
  EXPECT_EQ(detail.data()["tries"][0]["status"], 500);
  EXPECT_EQ(detail.data()["tries"][0]["answer"], "said so");
  EXPECT_FALSE(detail.data()["tries"][0]["request_headers"].contains("webhook-signature"));
  EXPECT_NE(get(path, key).data()["failing_since"], Json());
  EXPECT_EQ(work(), 0u) << "not yet";
  sql("UPDATE webhooks.deliveries SET next_at = now() WHERE id = " + id);
  hook.answer(200);
  EXPECT_EQ(work(), 1u);
  detail = get("/v1/webhooks/deliveries/" + id, key);
  EXPECT_EQ(detail.data()["state"], "delivered");
  EXPECT_EQ(get(path, key).data()["failing_since"], Json());
  const auto posts = hook.posts();
  ASSERT_EQ(posts.size(), 2u);
  EXPECT_EQ(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
  EXPECT_EQ(posts[0].body, posts[1].body);
  EXPECT_EQ(posts[0].body, detail.data()["body"]);
  EXPECT_EQ(get("/v1/webhooks/deliveries/" + id, other_key).code(), "NOT_FOUND");
}

TEST_F(ApiWebhooks, WhatADeadNodeHadTakenComesBack) {
  const auto endpoint = make_here(key, {"*"});
  ASSERT_EQ(
      ask("POST", "/v1/webhooks/" + endpoint["id"].get<std::string>() + "/test", key, Json::object()).status,
      202u);
  sql("UPDATE webhooks.deliveries SET taken_by = 'gone', taken_until = now() + interval '60 s'");
  EXPECT_EQ(work(), 0u) << "another has it";
  sql("UPDATE webhooks.deliveries SET taken_until = now() - interval '1 s'");
  EXPECT_EQ(work(), 1u);
  EXPECT_EQ(deliveries(endpoint)[0]["state"], "delivered");
}

TEST_F(ApiWebhooks, FewAtOnceOfOneEndpoint) {
  const auto endpoint = make_here(key, {"*"});
  for (int i = 0; i < 6; ++i)
    ask("POST", "/v1/webhooks/" + endpoint["id"].get<std::string>() + "/test", key, Json::object());
  EXPECT_EQ(work(), 4u);
  EXPECT_EQ(work(), 2u);
}

TEST_F(ApiWebhooks, NobodyFollowsRedirects) {
  const auto endpoint = make_here(key, {"*"});
  hook.answer(302);
  ask("POST", "/v1/webhooks/" + endpoint["id"].get<std::string>() + "/test", key, Json::object());
  EXPECT_EQ(work(), 1u);
  EXPECT_EQ(hook.posts().size(), 1u);
  const auto told = deliveries(endpoint);
  EXPECT_EQ(told[0]["state"], "waiting");
  EXPECT_EQ(told[0]["last_status"], 302);
}

TEST_F(ApiWebhooks, WhatResolvesToAPrivateAddressIsNotCalled) {
  const auto endpoint = make_here(key, {"*"});
  const auto id = endpoint["id"].get<std::string>();
  for (const auto* host :
       {"127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]", "[::1]"}) {
    sql("UPDATE webhooks.endpoints SET url = '" + hook.url(host) + "'");
    const auto asked = ask("POST", "/v1/webhooks/" + id + "/test", key, Json::object());
    ASSERT_EQ(asked.status, 202u);
    EXPECT_EQ(work(false), 1u) << host;
    const auto delivery = std::to_string(asked.data()["id"].get<std::int64_t>());
    const auto detail = get("/v1/webhooks/deliveries/" + delivery, key);
    ASSERT_EQ(detail.data()["tries"].size(), 1u) << host;
    EXPECT_EQ(detail.data()["tries"][0]["status"], Json()) << host;
    const auto error = detail.data()["tries"][0]["error"].get<std::string>();
    EXPECT_TRUE(error == "address_forbidden" || error == "no_such_host") << host << ": " << error;
    sql("DELETE FROM webhooks.deliveries");
  }
  EXPECT_TRUE(hook.posts().empty());
}

TEST_F(ApiWebhooks, GoneIsGone) {
  const auto endpoint = make_here(key, {"*"});
  const auto path = "/v1/webhooks/" + endpoint["id"].get<std::string>();
  hook.answer(410);
  ask("POST", path + "/test", key, Json::object());
  EXPECT_EQ(work(), 1u);
  const auto read = get(path, key);
  EXPECT_EQ(read.data()["enabled"], false);
  EXPECT_EQ(read.data()["disabled_for"], "gone");
  EXPECT_EQ(deliveries(endpoint)[0]["state"], "dead");
  EXPECT_EQ(ask("POST", path + "/test", key, Json::object()).code(), "CONFLICT");
  const auto back = ask("PATCH", path, key, {{"enabled", true}});
  EXPECT_EQ(back.data()["disabled_for"], "");
  EXPECT_EQ(ask("POST", path + "/test", key, Json::object()).status, 202u);
}

TEST_F(ApiWebhooks, ThreeDaysOfFailuresDisable) {
  const auto watcher = make_here(boss, {"security.webhook_disabled"});
  const auto endpoint = make_here(key, {"trunk.*"});
  const auto path = "/v1/webhooks/" + endpoint["id"].get<std::string>();
  hook.answer(503);
  ask("POST", path + "/test", key, Json::object());
  EXPECT_EQ(work(), 1u);
  sql("UPDATE webhooks.conditions SET failing_since = now() - interval '73 hours'");
  sql("UPDATE webhooks.deliveries SET next_at = now()");
  EXPECT_EQ(work(), 1u);
  EXPECT_EQ(get(path, key).data()["disabled_for"], "failures");
  EXPECT_GE(pump(), 1u) << "the operators hear of it";
  const auto told = get("/v1/webhooks/" + watcher["id"].get<std::string>() + "/deliveries", boss);
  ASSERT_EQ(told.data().size(), 1u) << told.text;
  EXPECT_EQ(told.data()[0]["type"], "security.webhook_disabled");
}

TEST_F(ApiWebhooks, ItsPeopleAreNamedOnceWhenItIsDisabled) {
  sql("DELETE FROM identity.users");
  const auto add = [this](const std::string& whose, const std::string& name, const std::string& role,
                          const std::string& more = "true") {
    sql("INSERT INTO identity.users (customer_id, email, role_id, password_hash, enabled) SELECT " + whose +
        ", '" + name + "@example.com', (SELECT id FROM identity.roles WHERE name = '" + role +
        "' AND customer_id IS NULL), '$argon2id$none', " + more);
  };
  const auto endpoint = make_here(key, {"*"});
  const auto id = endpoint["id"].get<std::string>();
  const auto owner = "(SELECT customer_id FROM webhooks.endpoints WHERE id = '" + id + "')";
  add(owner, "admin", "customer_admin");
  add(owner, "reader", "read_only");
  add(owner, "gone", "customer_admin", "false");
  add("NULL", "operator", "superadmin");
  store::WebhookNotices notices(t.pool);
  const std::vector<std::string> roles{"customer_admin", "superadmin"};
  const auto untouched = t.run(notices.take(roles, 50));
  ASSERT_TRUE(untouched) << untouched.error().message;
  EXPECT_TRUE(untouched->empty());
  sql("SELECT webhooks.disable('" + id + "', 'failures')");
  const auto taken = t.run(notices.take(roles, 50));
  ASSERT_TRUE(taken) << taken.error().message;
  ASSERT_EQ(taken->size(), 1u);
  EXPECT_EQ(taken->front().id.to_string(), id);
  EXPECT_EQ(taken->front().reason, "failures");
  EXPECT_FALSE(taken->front().account.empty());
  EXPECT_EQ(taken->front().people, std::vector<std::string>{"admin@example.com"});
  EXPECT_TRUE(t.run(notices.take(roles, 50))->empty()) << "once";
  // By hand is nobody's failure; what fails anew is told anew.
  ask("PATCH", "/v1/webhooks/" + id, key, {{"enabled", true}});
  ask("PATCH", "/v1/webhooks/" + id, key, {{"enabled", false}});
  EXPECT_TRUE(t.run(notices.take(roles, 50))->empty());
  ask("PATCH", "/v1/webhooks/" + id, key, {{"enabled", true}});
  sql("SELECT webhooks.disable('" + id + "', 'gone')");
  EXPECT_EQ(t.run(notices.take(roles, 50))->size(), 1u);
  sql("DELETE FROM identity.users");
}

TEST_F(ApiWebhooks, TheOperatorsEndpointsAreTheOperators) {
  sql("DELETE FROM identity.users");
  sql("INSERT INTO identity.users (email, role_id, password_hash) SELECT 'noc@example.com', id, "
      "'$argon2id$none' "
      "FROM identity.roles WHERE name = 'superadmin'");
  const auto endpoint = make_here(boss, {"*"});
  sql("SELECT webhooks.disable('" + endpoint["id"].get<std::string>() + "', 'gone')");
  store::WebhookNotices notices(t.pool);
  const auto taken = t.run(notices.take({"superadmin"}, 50));
  ASSERT_TRUE(taken) << taken.error().message;
  ASSERT_EQ(taken->size(), 1u);
  EXPECT_EQ(taken->front().account, "");
  EXPECT_EQ(taken->front().people, std::vector<std::string>{"noc@example.com"});
  sql("DELETE FROM identity.users");
}

TEST_F(ApiWebhooks, IsToldAgainOnRequest) {
  const auto endpoint = make_here(key, {"trunk.created"});
  const auto path = "/v1/webhooks/" + endpoint["id"].get<std::string>();
  make_trunk();
  pump();
  EXPECT_EQ(work(), 1u);
  const auto first = deliveries(endpoint)[0];
  const auto replay = ask(
      "POST", "/v1/webhooks/deliveries/" + std::to_string(first["id"].get<std::int64_t>()) + "/replay", key);
  ASSERT_EQ(replay.status, 202u) << replay.text;
  EXPECT_EQ(replay.data()["replay_of"], first["id"]);
  EXPECT_EQ(replay.data()["event_id"], first["event_id"]);
  const Json range{{"from", "2020-01-01T00:00:00Z"}, {"to", "2100-01-01T00:00:00Z"}};
  const auto many = ask("POST", path + "/replay", key, range);
  ASSERT_EQ(many.status, 202u) << many.text;
  EXPECT_EQ(many.data()["queued"], 1);
  auto none = range;
  none["types"] = {"call.*"};
  EXPECT_EQ(ask("POST", path + "/replay", key, none).data()["queued"], 0);
  EXPECT_EQ(ask("POST", path + "/replay", other_key, range).code(), "NOT_FOUND");
  EXPECT_EQ(work(), 2u);
  const auto posts = hook.posts();
  ASSERT_EQ(posts.size(), 3u);
  for (const auto& post : posts)
    EXPECT_EQ(post.header("webhook-id"), posts[0].header("webhook-id"));
}

TEST_F(ApiWebhooks, DeliveriesAreReadPageByPage) {
  const auto endpoint = make(key, Json::object());
  const auto path = "/v1/webhooks/" + endpoint["id"].get<std::string>();
  for (int i = 0; i < 5; ++i)
    ask("POST", path + "/test", key, Json::object());
  std::set<std::int64_t> seen;
  std::string more;
  for (int pages = 0; pages < 5; ++pages) {
    const auto page = get(path + "/deliveries?limit=2" + more, key);
    ASSERT_EQ(page.status, 200u) << page.text;
    for (const auto& row : page.data())
      EXPECT_TRUE(seen.insert(row["id"].get<std::int64_t>()).second);
    const auto& next = page.body["meta"]["next_cursor"];
    if (next.is_null()) break;
    more = "&cursor=" + next.get<std::string>();
  }
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_EQ(get(path + "/deliveries?cursor=nonsense", key).code(), "INVALID_PARAM");
  EXPECT_EQ(get(path + "/deliveries?state=dead", key).data().size(), 0u);
}

TEST_F(ApiWebhooks, TypesAreListed) {
  const auto types = get("/v1/webhooks/event-types", key);
  ASSERT_EQ(types.status, 200u);
  EXPECT_GE(types.data().size(), 25u);
  for (const auto& type : types.data())
    EXPECT_TRUE(type["example"].is_object()) << type["name"];
}

}  // namespace
}  // namespace warp::test
