// Secrets that the platform was told or made are nowhere but where they belong: not in the audit trail, not
// in the log, not in what the API says when it refuses.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "warp/base/text.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiSecrets : public ApiFixture {
 protected:
  // An API of its own, that logs all it has to say into a file.
  struct Loud {
    explicit Loud(const std::string& file)
        : log({log::Format::Json, log::Level::Debug, file, 65'536}),
          pool(control.executor(),
               TestPool::with(Postgres::instance().conninfo(Postgres::instance().migrated_database())),
               metrics, log) {
      pool.start();
      api::Settings settings;
      settings.bootstrap_key = ApiServer::kBootstrap;
      settings.key_rate = {100'000, 100'000};
      api::Dependencies dependencies{pool, snapshots, live, clock, ids, log, metrics};
      dependencies.registrations = &registrations;
      api = std::make_unique<api::Api>(dependencies, std::move(settings));
      api->add_routes(router);
      server = std::make_unique<http::Server>(control.executor(), http::ServerSettings{}, router,
                                              api->hooks(), clock, log, metrics);
      if (auto started = server->start(); !started) ADD_FAILURE() << started.error();
    }
    ~Loud() {
      control.run(server->stop(std::chrono::seconds(2)));
      control.run(pool.close());
    }
    log::Logger log;
    metrics::Registry metrics;
    SystemClock clock;
    SecureIdSource ids;
    routing::SnapshotHolder snapshots;
    FakeLiveState live;
    FakeRegistrations registrations;
    ControlThread control;
    pg::Pool pool;
    http::Router router;
    std::unique_ptr<api::Api> api;
    std::unique_ptr<http::Server> server;
  };

  ApiSecrets() {
    auto pattern = (std::filesystem::temp_directory_path() / "warp-secrets-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    loud_ = std::make_unique<Loud>(folder_ / "log");
  }
  ~ApiSecrets() override {
    loud_.reset();
    std::filesystem::remove_all(folder_);
  }
  Json say(const std::string& method, const std::string& path, const std::string& by, const Json& body = {}) {
    HttpClient client(loud_->server->port());
    const auto text = body.is_null() ? std::string() : body.dump();
    const auto answer = client.request(
        method + " " + path + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + by +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" +
        text);
    if (answer.status >= 400) refusals_ += answer.body + "\n";
    auto parsed = Json::parse(answer.body, nullptr, false);
    return parsed.is_object() && parsed.contains("data") ? parsed["data"] : Json::object();
  }
  // What other ways in store: hashes and seeds, which nobody is to see either.
  void put_stored_secrets() {
    auto& postgres = Postgres::instance();
    const std::string seed = "marker-of-a-seed", hash = "marker-of-a-hash", pin = "marker-of-a-pin";
    secrets_["stored"] = {seed, to_hex(seed), hash, pin};
    postgres.run(postgres.migrated_database(),
                 "INSERT INTO identity.users (customer_id, email, password_hash, totp_secret) VALUES ('" +
                     customer + "', '" + unique("eve") + "@example.net', '$argon2id$" + hash + "', '" + seed +
                     "')");
    const auto tn = create("/v1/numbers", {{"tn", unique_tn()}, {"customer_id", customer}});
    postgres.run(postgres.migrated_database(),
                 "INSERT INTO numbers.port_out_pins (e164, customer_id, pin_hash) VALUES ('1" + tn + "', '" +
                     customer + "', '$argon2id$" + pin + "')");
  }
  void keep(const Json& data, const char* name) {
    const auto secret = data.value(name, "");
    EXPECT_GE(secret.size(), 8u) << name << " of " << data.dump();
    if (secret.size() >= 8) secrets_[name].push_back(secret);
  }

  std::filesystem::path folder_;
  std::unique_ptr<Loud> loud_;
  std::map<std::string, std::vector<std::string>> secrets_;
  std::string refusals_;
};

TEST_F(ApiSecrets, AreNowhereElse) {
  const auto of = "?customer_id=" + customer;
  keep(say("POST", "/v1/customers/" + customer + "/api-keys", boss,
           {{"name", "k"}, {"scopes", {"trunks:read"}}}),
       "key");
  keep(say("POST", "/v1/webhooks" + of, boss, {{"url", "https://hooks.example.net/"}}), "secret");
  keep(say("POST", "/v1/customers/" + customer + "/members", boss,
           {{"email", unique("ann") + "@example.net"}, {"role_id", "00000000-0000-7000-8000-000000000007"}}),
       "invitation");
  const auto trunk = say("POST", "/v1/trunks" + of, boss, {{"name", unique("t")}, {"auth_type", "DIGEST"}});
  keep(say("POST", "/v1/trunks/" + trunk.value("id", "") + "/credentials" + of, boss,
           {{"username", unique("user").substr(0, 40)}}),
       "password");
  const std::string of_provider = "Pr0vider-word-that-hides";
  secrets_["password of a provider"].push_back(of_provider);
  const auto provider = create("/v1/providers", {{"name", unique("p")}});
  say("POST", "/v1/providers/" + provider + "/credentials", boss,
      {{"username", "u"}, {"realm", "r"}, {"password", of_provider}});
  put_stored_secrets();
  // Told, and refused: what is wrong is said without what was said.
  const std::string told = "S3cret-that-is-not-to-be-seen";
  secrets_["told"].push_back(told);
  say("POST", "/v1/webhooks" + of, boss, {{"url", "http://x.example/?token=" + told}});
  say("POST", "/v1/webhooks" + of, boss, {{"url", "https://x.example/"}, {"secret", told}});
  say("POST", "/v1/customers/" + customer + "/members", boss, {{"email", told}, {"role_id", told}});
  say("GET", "/v1/trunks", "rk_" + told);
  ASSERT_TRUE(loud_->log.flush());

  std::ifstream in(folder_ / "log");
  const std::string log{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(log.find("api.request"), std::string::npos) << "the log is the one that was written";
  EXPECT_NE(refusals_.find("VALIDATION_ERROR"), std::string::npos);
  auto& postgres = Postgres::instance();
  const auto trail =
      postgres.run(postgres.migrated_database(), "SELECT string_agg(e::text, E'\\n') FROM audit.events e");
  EXPECT_NE(trail.find("secret_shown"), std::string::npos);
  for (const auto& [name, values] : secrets_)
    for (const auto& secret : values) {
      EXPECT_EQ(log.find(secret), std::string::npos) << name << " is in the log";
      EXPECT_EQ(refusals_.find(secret), std::string::npos) << name << " is in a refusal";
      EXPECT_EQ(trail.find(secret), std::string::npos) << name << " is in the audit trail";
    }
}

}  // namespace
}  // namespace warp::test
