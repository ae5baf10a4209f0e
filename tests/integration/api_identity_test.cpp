// People who sign in: two nodes of the API over one database.
#include <atomic>
#include <mutex>

#include <gtest/gtest.h>

#include "warp/api/api.h"
#include "warp/api/bearer_tokens.h"
#include "warp/http/server.h"
#include "warp/identity/hasher.h"
#include "warp/identity/totp.h"

#include "integration/coroutine.h"
#include "integration/services.h"
#include "support/http_client.h"
#include "unit/identity/signer.h"

namespace warp::test {
namespace {

using namespace std::chrono_literals;
using ApiJson = api::Json;

constexpr const char* kBoss = "rk_bootstrap_0123456789abcdef";
constexpr const char* kPassword = "violet harbour tram";
constexpr const char* kIssuer = "https://id.example.com/";
constexpr const char* kDeveloper = "00000000-0000-7000-8000-000000000006";
constexpr const char* kAdmin = "00000000-0000-7000-8000-000000000005";
constexpr const char* kReadOnly = "00000000-0000-7000-8000-000000000007";

// The system's, its steady one ahead by what tests have let pass: for what is kept for a moment.
class AheadClock final : public Clock {
 public:
  Monotonic now() const override { return system_.now() + ahead_.load(); }
  WallTime wall() const override { return system_.wall(); }
  void advance(std::chrono::seconds by) { ahead_ = ahead_.load() + by; }

 private:
  SystemClock system_;
  std::atomic<std::chrono::seconds> ahead_{};
};

class FakeMailer final : public api::Mailer {
 public:
  boost::asio::awaitable<bool> send(api::Mail mail) override {
    const std::lock_guard guard(mutex_);
    mails_.push_back(std::move(mail));
    co_return true;
  }
  std::vector<api::Mail> take() {
    const std::lock_guard guard(mutex_);
    return std::exchange(mails_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<api::Mail> mails_;
};

// An identity provider with one key.
class Provider final : public identity::Fetcher {
 public:
  boost::asio::awaitable<std::optional<std::string>> get(std::string url) override {
    if (url.ends_with("/openid-configuration"))
      co_return identity::Json{{"issuer", kIssuer}, {"jwks_uri", "https://id.example.com/keys"}}.dump();
    co_return identity::key_set_of({identity::ec_signer().jwk()});
  }
};

struct Reply {
  unsigned status = 0;
  std::string text;
  ApiJson body;
  std::string code() const {
    return body.is_object() && body.contains("error") ? body["error"].value("code", "") : "";
  }
  const ApiJson& data() const { return body.at("data"); }
  std::string in(const char* name) const { return data().at(name).get<std::string>(); }
};

class Node {
 public:
  explicit Node(AheadClock& clock)
      : clock_(clock),
        pool_(Postgres::instance().conninfo(Postgres::instance().migrated_database())),
        tokens_(pool_.pool, nullptr, provider_, bearer_settings(), clock, pool_.log) {
    api::Settings settings;
    settings.bootstrap_key = kBoss;
    settings.key_rate = {100'000, 100'000};
    settings.failure_rate = {100'000, 100'000};
    settings.identity.secret_key = "a secret key of the tests";
    settings.identity.reset_url = "https://portal.example/reset?token=";
    settings.identity.hasher = &hasher_;
    api::Dependencies dependencies{pool_.pool, snapshots_, live_, clock_, ids_, pool_.log, pool_.metrics};
    dependencies.ports.tokens = &tokens_;
    dependencies.ports.mail = &mailer;
    api_ = std::make_unique<api::Api>(dependencies, std::move(settings));
    api_->add_routes(router_);
    server_ = std::make_unique<http::Server>(pool_.control.executor(), http::ServerSettings{}, router_,
                                             api_->hooks(), clock_, pool_.log, pool_.metrics);
    if (auto started = server_->start(); !started) throw std::runtime_error(started.error());
  }

  Reply ask(const std::string& method, const std::string& path, const std::string& by, ApiJson body = {}) {
    HttpClient client(server_->port());
    const auto octets = body.is_null() ? std::string() : body.dump();
    auto text = method + " /v1" + path + " HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n";
    if (!by.empty()) text += "Authorization: Bearer " + by + "\r\n";
    text += "Content-Length: " + std::to_string(octets.size()) + "\r\n\r\n" + octets;
    const auto answer = client.request(text);
    EXPECT_TRUE(answer.complete) << method << " " << path;
    return {answer.status, answer.body, ApiJson::parse(answer.body, nullptr, false)};
  }

  FakeMailer mailer;

 private:
  static api::BearerSettings bearer_settings() {
    identity::OidcProvider provider;
    provider.issuer = kIssuer;
    provider.audience = "warp";
    provider.algorithms = {identity::Algorithm::ES256};
    provider.customer_claim = "account";
    provider.role_claim = "roles";
    provider.roles = {{"reader", "read_only"}, {"boss", "superadmin"}};
    api::BearerSettings settings;
    settings.providers = {provider};
    return settings;
  }

  AheadClock& clock_;
  SecureIdSource ids_;
  routing::SnapshotHolder snapshots_;
  api::NoLiveState live_;
  identity::ThreadHasher hasher_{identity::HashCost{8, 1, 1}};
  Provider provider_;
  TestPool pool_;
  api::BearerTokens tokens_;
  http::Router router_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<http::Server> server_;
};

// Never destroyed: their threads end with the process, after the last test.
struct World {
  AheadClock clock;
  Node here{clock}, there{clock};
  static World& instance() {
    static auto* world = new World;
    return *world;
  }
};

struct Tokens {
  std::string access, refresh;
};

class ApiIdentity : public ::testing::Test {
 protected:
  ApiIdentity() {
    customer = make_customer("first");
    other = make_customer("second");
    email = unique("jane") + "@example.com";
    user = make_user(email, customer, kDeveloper);
  }

  static std::string unique(const std::string& stem) {
    static int count = 0;
    return stem + "-" + std::to_string(++count) + "-" +
           std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  }
  static std::string sql(const std::string& text) {
    return Postgres::instance().run(Postgres::instance().migrated_database(), text);
  }
  std::string make_customer(const std::string& stem) {
    return ask("POST", "/customers", kBoss, {{"name", unique(stem)}}).in("id");
  }
  static std::string make_user(const std::string& address, const std::string& of, const char* role) {
    const auto hash = identity::hash_password(kPassword, identity::HashCost{8, 1, 1});
    return sql("INSERT INTO identity.users (customer_id, email, password_hash, role_id) VALUES (" +
               (of.empty() ? "NULL" : "'" + of + "'") + ", '" + address + "', '" + hash + "', '" + role +
               "') RETURNING id");
  }
  Reply ask(const std::string& method, const std::string& path, const std::string& by, ApiJson body = {}) {
    return world.here.ask(method, path, by, std::move(body));
  }
  Reply sign_in(const std::string& address, const std::string& password = kPassword) {
    return ask("POST", "/auth/login", "", {{"email", address}, {"password", password}});
  }
  static Tokens tokens_of(const Reply& reply) {
    EXPECT_EQ(reply.status, 200u) << reply.text;
    if (reply.status != 200) return {};
    return {reply.in("access_token"), reply.in("refresh_token")};
  }
  Tokens session() { return tokens_of(sign_in(email)); }
  // Sets up a second factor; its secret, decoded.
  std::string enrol(const std::string& access) {
    const auto begun = ask("POST", "/auth/mfa/totp", access);
    EXPECT_EQ(begun.status, 200u) << begun.text;
    const auto secret = from_base32(begun.in("secret"));
    const auto done = ask("POST", "/auth/mfa/totp/confirm", access, {{"code", next_code(secret)}});
    EXPECT_EQ(done.status, 200u) << done.text;
    recovery = done.data()["recovery_codes"].get<std::vector<std::string>>();
    return secret;
  }
  // A good code, as if half a minute had passed since the last one.
  std::string next_code(const std::string& secret) {
    sql("UPDATE identity.users SET totp_last_step = 0");
    return identity::hotp(secret, static_cast<std::uint64_t>(identity::totp_step(world.clock.wall())));
  }
  static std::string from_base32(const std::string& text) {
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    unsigned bits = 0, held = 0;
    for (const char c : text) {
      bits = (bits << 5 | static_cast<unsigned>(digits.find(c))) & 0xffff;
      held += 5;
      if (held < 8) continue;
      held -= 8;
      out += static_cast<char>(bits >> held & 0xff);
    }
    return out;
  }
  static int events(const std::string& of, const std::string& event) {
    return std::stoi(
        sql("SELECT count(*) FROM audit.events WHERE object_id = '" + of + "' AND event = '" + event + "'"));
  }

  World& world = World::instance();
  std::string customer, other, email, user;
  std::vector<std::string> recovery;
};

TEST_F(ApiIdentity, SignsInAndIsKnown) {
  const auto reply = sign_in(email);
  const auto tokens = tokens_of(reply);
  EXPECT_EQ(reply.in("token_type"), "Bearer");
  EXPECT_EQ(reply.data()["expires_in"], 900);
  EXPECT_EQ(reply.data()["user"]["email"], email);
  EXPECT_EQ(reply.data()["user"]["role"]["name"], "customer_developer");
  const auto profile = ask("GET", "/auth/profile", tokens.access);
  ASSERT_EQ(profile.status, 200u) << profile.text;
  EXPECT_EQ(profile.in("id"), user);
  EXPECT_EQ(profile.in("customer_id"), customer);
  EXPECT_EQ(profile.data()["second_factor"], false);
  EXPECT_EQ(ask("PATCH", "/auth/profile", tokens.access, {{"name", "Jane"}}).in("name"), "Jane");
  EXPECT_EQ(world.there.ask("GET", "/trunks", tokens.access).status, 200u) << "on every node";
  EXPECT_EQ(ask("GET", "/auth/profile", kBoss).code(), "FORBIDDEN") << "a key is no user";
  EXPECT_EQ(events(user, "login"), 1);
  std::string shouted = email;
  shouted[0] = 'J';
  EXPECT_EQ(sign_in(shouted).status, 200u) << "addresses in any case";
}

TEST_F(ApiIdentity, WrongPasswordsAndNobodyAreOneAnswer) {
  const auto wrong = sign_in(email, "violet harbour train"), nobody = sign_in("nobody@example.com");
  EXPECT_EQ(wrong.code(), "INVALID_CREDENTIALS");
  EXPECT_EQ(nobody.code(), "INVALID_CREDENTIALS");
  EXPECT_EQ(wrong.body["error"], nobody.body["error"]);
  EXPECT_EQ(ask("POST", "/auth/login", "", {{"email", email}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", "/auth/login", "", {{"challenge", "x"}, {"code", "123456"}}).code(),
            "INVALID_CREDENTIALS");
  EXPECT_EQ(events(user, "login_failed"), 1);
}

TEST_F(ApiIdentity, TenWrongOnesLockForAQuarterOfAnHour) {
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(sign_in(email, "wrong password 12").code(), "INVALID_CREDENTIALS");
  EXPECT_EQ(sign_in(email).code(), "INVALID_CREDENTIALS") << "the right one says nothing else";
  EXPECT_EQ(sql("SELECT locked_until BETWEEN now() + interval '14 min' AND now() + interval '15 min' "
                "FROM identity.users WHERE id = '" +
                user + "'"),
            "t");
  sql("UPDATE identity.users SET locked_until = now() WHERE id = '" + user + "'");
  EXPECT_EQ(sign_in(email).status, 200u);
  EXPECT_EQ(events(user, "login_failed"), 10);
}

TEST_F(ApiIdentity, DisabledUsersAndAccountsStayOut) {
  const auto tokens = session();
  sql("UPDATE identity.users SET enabled = false WHERE id = '" + user + "'");
  EXPECT_EQ(sign_in(email).code(), "INVALID_CREDENTIALS");
  world.clock.advance(1s);
  EXPECT_EQ(ask("GET", "/auth/profile", tokens.access).code(), "UNAUTHORIZED");
  sql("UPDATE identity.users SET enabled = true WHERE id = '" + user + "'");
  ask("PATCH", "/customers/" + customer, kBoss, {{"status", "SUSPENDED"}});
  EXPECT_EQ(sign_in(email).code(), "NO_ACTIVE_CUSTOMER");
  EXPECT_EQ(sign_in(email, "wrong password 12").code(), "INVALID_CREDENTIALS") << "not before the password";
}

TEST_F(ApiIdentity, ARefreshTokenIsGoodOnceAndItsReuseEndsTheSession) {
  const auto first = session();
  const auto second = tokens_of(ask("POST", "/auth/refresh", "", {{"refresh_token", first.refresh}}));
  EXPECT_EQ(ask("GET", "/auth/profile", second.access).status, 200u);
  world.clock.advance(1s);
  EXPECT_EQ(ask("GET", "/auth/profile", first.access).code(), "UNAUTHORIZED") << "the one before is over";
  EXPECT_EQ(ask("POST", "/auth/refresh", "", {{"refresh_token", first.refresh}}).code(), "UNAUTHORIZED");
  EXPECT_EQ(ask("GET", "/auth/profile", second.access).code(), "UNAUTHORIZED") << "thief and owner are out";
  EXPECT_EQ(ask("POST", "/auth/refresh", "", {{"refresh_token", second.refresh}}).code(), "UNAUTHORIZED");
  EXPECT_EQ(events(user, "session_reused"), 1);
  EXPECT_EQ(ask("POST", "/auth/refresh", "", {{"refresh_token", "wr_guess"}}).code(), "UNAUTHORIZED");
}

TEST_F(ApiIdentity, AnEndedSessionIsRefusedElsewhereWithinASecond) {
  const auto mine = session(), another = session();
  EXPECT_EQ(world.there.ask("GET", "/auth/profile", another.access).status, 200u);
  const auto sessions = ask("GET", "/auth/sessions", mine.access);
  ASSERT_EQ(sessions.data().size(), 2u);
  for (const auto& one : sessions.data())
    if (!one["current"].get<bool>()) {
      EXPECT_EQ(ask("DELETE", "/auth/sessions/" + one["id"].get<std::string>(), mine.access).status, 204u);
    }
  world.clock.advance(1s);
  EXPECT_EQ(world.there.ask("GET", "/auth/profile", another.access).code(), "UNAUTHORIZED");
  EXPECT_EQ(ask("GET", "/auth/profile", another.access).code(), "UNAUTHORIZED");
  EXPECT_EQ(ask("POST", "/auth/logout", mine.access).status, 204u);
  EXPECT_EQ(ask("GET", "/auth/profile", mine.access).code(), "UNAUTHORIZED") << "here at once";
  EXPECT_EQ(ask("POST", "/auth/refresh", "", {{"refresh_token", mine.refresh}}).code(), "UNAUTHORIZED");
}

TEST_F(ApiIdentity, NobodyEndsAnothersSessions) {
  const auto mine = session();
  const auto stranger = unique("mallory") + "@example.com";
  make_user(stranger, other, kDeveloper);
  const auto theirs = tokens_of(sign_in(stranger));
  const auto id = ask("GET", "/auth/sessions", theirs.access).data()[0]["id"].get<std::string>();
  EXPECT_EQ(ask("DELETE", "/auth/sessions/" + id, mine.access).code(), "NOT_FOUND");
  EXPECT_EQ(ask("GET", "/auth/profile", theirs.access).status, 200u);
}

TEST_F(ApiIdentity, PasswordsAreChangedByWhoKnowsThem) {
  const auto here = session(), elsewhere = session();
  const auto change = [&](const char* present, const char* next) {
    return ask("PUT", "/auth/password", here.access, {{"current_password", present}, {"password", next}});
  };
  EXPECT_EQ(change("wrong password 12", "amber meadow clock").code(), "INVALID_CREDENTIALS");
  EXPECT_EQ(change(kPassword, "short").code(), "WEAK_PASSWORD");
  EXPECT_EQ(change(kPassword, "passwordpassword").body["error"]["details"]["reason"], "common");
  EXPECT_EQ(change(kPassword, "amber meadow clock").status, 204u);
  EXPECT_EQ(ask("GET", "/auth/profile", here.access).status, 200u);
  EXPECT_EQ(ask("GET", "/auth/profile", elsewhere.access).code(), "UNAUTHORIZED");
  EXPECT_EQ(sign_in(email).code(), "INVALID_CREDENTIALS");
  EXPECT_EQ(sign_in(email, "amber meadow clock").status, 200u);
  EXPECT_EQ(events(user, "password_changed"), 1);
}

TEST_F(ApiIdentity, AForgottenPasswordIsSetOnce) {
  world.here.mailer.take();
  const auto before = session();
  const auto nobody = ask("POST", "/auth/password/forgot", "", {{"email", "nobody@example.com"}});
  EXPECT_EQ(nobody.status, 202u);
  EXPECT_TRUE(world.here.mailer.take().empty());
  const auto asked = ask("POST", "/auth/password/forgot", "", {{"email", email}});
  EXPECT_EQ(asked.status, 202u);
  EXPECT_EQ(asked.data(), nobody.data());
  const auto mails = world.here.mailer.take();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].to, email);
  const auto at = mails[0].text.find("token=") + 6;
  const auto token = mails[0].text.substr(at, mails[0].text.find('\n', at) - at);
  EXPECT_EQ(sql("SELECT count(*) FROM identity.password_resets WHERE encode(hash, 'escape') LIKE '%" + token +
                "%'"),
            "0")
      << "kept as its hash";
  const auto reset = [&](const std::string& by, const char* password) {
    return ask("POST", "/auth/password/reset", "", {{"token", by}, {"password", password}});
  };
  EXPECT_EQ(reset("wp_guess", "amber meadow clock").code(), "INVALID_CREDENTIALS");
  EXPECT_EQ(reset(token, "short").code(), "WEAK_PASSWORD") << "and the token is not spent";
  EXPECT_EQ(reset(token, "amber meadow clock").status, 204u);
  EXPECT_EQ(reset(token, "another meadow clock").code(), "INVALID_CREDENTIALS");
  EXPECT_EQ(sign_in(email, "amber meadow clock").status, 200u);
  EXPECT_EQ(ask("GET", "/auth/profile", before.access).code(), "UNAUTHORIZED");
  const auto told = world.here.mailer.take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].to, email);
  EXPECT_NE(told[0].subject.find("password was changed"), std::string::npos) << told[0].subject;
  for (int i = 0; i < 5; ++i)
    ask("POST", "/auth/password/forgot", "", {{"email", email}});
  EXPECT_EQ(world.here.mailer.take().size(), 2u) << "three an hour";
}

TEST_F(ApiIdentity, AnAuthenticatorIsAskedFor) {
  const auto first = session();
  EXPECT_EQ(ask("POST", "/auth/step-up", first.access, {{"code", "123456"}}).code(), "CONFLICT");
  const auto begun = ask("POST", "/auth/mfa/totp", first.access);
  EXPECT_EQ(ask("POST", "/auth/mfa/totp/confirm", first.access, {{"code", "000000"}}).code(),
            "INVALID_CREDENTIALS");
  EXPECT_TRUE(begun.in("uri").starts_with("otpauth://totp/"));
  const auto secret = enrol(first.access);
  EXPECT_EQ(recovery.size(), 10u);
  EXPECT_EQ(ask("POST", "/auth/mfa/totp", first.access).code(), "CONFLICT");
  const auto stored = sql("SELECT encode(totp_secret, 'hex') FROM identity.users WHERE id = '" + user + "'");
  EXPECT_GT(stored.size(), 2 * secret.size());
  EXPECT_EQ(stored.find(to_hex(secret)), stored.npos) << "it is sealed";

  const auto challenged = sign_in(email);
  ASSERT_EQ(challenged.status, 401u);
  EXPECT_EQ(challenged.code(), "MFA_CODE_REQUIRED");
  const auto challenge = challenged.body["error"]["details"]["challenge"].get<std::string>();
  const auto answer = [&](const std::string& code) {
    return ask("POST", "/auth/login", "", {{"challenge", challenge}, {"code", code}});
  };
  EXPECT_EQ(answer("000000").code(), "INVALID_CREDENTIALS");
  const auto code = next_code(secret);
  EXPECT_EQ(answer(code).status, 200u);
  EXPECT_EQ(answer(code).code(), "INVALID_CREDENTIALS") << "a code is good once";
  EXPECT_EQ(answer(recovery[0]).status, 200u);
  EXPECT_EQ(answer(recovery[0]).code(), "INVALID_CREDENTIALS") << "and so is a recovery code";
  EXPECT_EQ(answer(next_code(secret)).status, 200u);
  EXPECT_EQ(events(user, "mfa_enabled"), 1);
}

TEST_F(ApiIdentity, AChallengeEndsWithThePassword) {
  const auto tokens = session();
  const auto secret = enrol(tokens.access);
  const auto challenge = sign_in(email).body["error"]["details"]["challenge"].get<std::string>();
  ASSERT_EQ(ask("PUT", "/auth/password", tokens.access,
                {{"current_password", kPassword}, {"password", "amber meadow clock"}})
                .status,
            204u);
  EXPECT_EQ(ask("POST", "/auth/login", "", {{"challenge", challenge}, {"code", next_code(secret)}}).code(),
            "INVALID_CREDENTIALS");
}

TEST_F(ApiIdentity, StepUpIsAskedForWhereItHurts) {
  const auto tokens = session();
  const auto trunk = ask("POST", "/trunks", tokens.access, {{"name", "office"}, {"auth_type", "IP_ACL"}});
  ASSERT_EQ(trunk.status, 201u) << trunk.text;
  const auto path = "/trunks/" + trunk.in("id");
  EXPECT_EQ(ask("DELETE", path, tokens.access).code(), "MFA_REQUIRED");
  const auto secret = enrol(tokens.access);
  EXPECT_EQ(ask("PATCH", path, tokens.access, {{"name", "bureau"}}).status, 200u) << "enrolling shows one";
  sql("UPDATE identity.sessions SET mfa_at = mfa_at - interval '10 min' WHERE user_id = '" + user + "'");
  world.clock.advance(1s);
  EXPECT_EQ(ask("PATCH", path, tokens.access, {{"name", "office"}}).code(), "MFA_REQUIRED") << "too long ago";
  const auto refused = ask("DELETE", "/auth/mfa/totp", tokens.access);
  EXPECT_EQ(refused.code(), "MFA_REQUIRED");
  const auto stepped = ask("POST", "/auth/step-up", tokens.access, {{"code", next_code(secret)}});
  ASSERT_EQ(stepped.status, 200u) << stepped.text;
  EXPECT_EQ(stepped.data()["good_for"], 600);
  EXPECT_EQ(ask("DELETE", path, tokens.access).status, 204u);
  EXPECT_EQ(ask("POST", "/auth/mfa/recovery-codes", tokens.access).data()["recovery_codes"].size(), 10u);
  EXPECT_EQ(ask("DELETE", "/auth/mfa/totp", tokens.access).status, 204u);
  EXPECT_EQ(ask("DELETE", "/auth/mfa/totp", tokens.access).code(), "MFA_REQUIRED")
      << "none is shown any more";
  EXPECT_EQ(events(user, "mfa_disabled"), 1);
}

TEST_F(ApiIdentity, RolesThatWantASecondFactorDoNothingWithout) {
  const auto address = unique("admin") + "@example.com";
  make_user(address, customer, kAdmin);
  const auto tokens = tokens_of(sign_in(address));
  EXPECT_EQ(ask("GET", "/trunks", tokens.access).code(), "MFA_ENROLMENT_REQUIRED");
  EXPECT_EQ(ask("GET", "/auth/profile", tokens.access).data()["second_factor_wanted"], true);
  enrol(tokens.access);
  EXPECT_EQ(ask("GET", "/trunks", tokens.access).status, 200u);
}

TEST_F(ApiIdentity, ASessionSeesItsOwnAccountAlone) {
  const auto tokens = session();
  const auto foreign =
      ask("POST", "/trunks?customer_id=" + other, kBoss, {{"name", "theirs"}, {"auth_type", "IP_ACL"}});
  ASSERT_EQ(foreign.status, 201u) << foreign.text;
  const auto path = "/trunks/" + foreign.in("id");
  EXPECT_EQ(ask("GET", path, tokens.access).code(), "NOT_FOUND");
  EXPECT_EQ(ask("GET", path + "?customer_id=" + other, tokens.access).code(), "FORBIDDEN");
  EXPECT_EQ(ask("GET", "/customers/" + other + "/api-keys", tokens.access).code(), "FORBIDDEN");
  EXPECT_TRUE(ask("GET", "/trunks", tokens.access).data().empty());
  EXPECT_EQ(ask("GET", "/providers", tokens.access).code(), "FORBIDDEN");
}

TEST_F(ApiIdentity, PeopleMakeKeysOfWhatTheyHold) {
  const auto address = unique("admin") + "@example.com";
  make_user(address, customer, kAdmin);
  const auto tokens = tokens_of(sign_in(address));
  enrol(tokens.access);
  const auto path = "/customers/" + customer + "/api-keys";
  const auto make = [&](const std::string& by, const char* scope) {
    return ask("POST", path, by, {{"name", "ci"}, {"scopes", ApiJson::array({scope})}});
  };
  const auto made = make(tokens.access, "api_keys:write");
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(make(tokens.access, "customers:write").code(), "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(make(made.in("key"), "api_keys:write").code(), "FORBIDDEN") << "keys make no keys";
  const auto reader = unique("reader") + "@example.com";
  make_user(reader, customer, kReadOnly);
  EXPECT_EQ(make(tokens_of(sign_in(reader)).access, "trunks:read").code(), "FORBIDDEN");
  const auto one = path + "/" + made.in("id");
  EXPECT_EQ(ask("PATCH", one, tokens.access, {{"scopes", ApiJson::array({"trunks:fly"})}}).code(),
            "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", one, tokens.access, {{"name", "build"}}).in("name"), "build");
  EXPECT_EQ(ask("DELETE", one, tokens.access).status, 204u);
  EXPECT_EQ(ask("PATCH", one, tokens.access, {{"name", "gone"}}).code(), "NOT_FOUND");
}

TEST_F(ApiIdentity, KeysAreGoodFromTheirAddresses) {
  const auto path = "/customers/" + customer + "/api-keys";
  const auto made = ask("POST", path, kBoss,
                        {{"name", "site"},
                         {"scopes", ApiJson::array({"trunks:read"})},
                         {"allowed_ips", ApiJson::array({"192.0.2.0/24", "2001:db8::1"})}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["allowed_ips"], ApiJson::array({"192.0.2.0/24", "2001:db8::1/128"}));
  EXPECT_EQ(ask("GET", "/trunks", made.in("key")).code(), "ADDRESS_NOT_ALLOWED");
  const auto one = path + "/" + made.in("id");
  EXPECT_EQ(ask("PATCH", one, kBoss, {{"allowed_ips", ApiJson::array({"127.0.0.1/8"})}}).code(),
            "VALIDATION_ERROR")
      << "bits beyond the mask";
  EXPECT_EQ(ask("PATCH", one, kBoss, {{"allowed_ips", ApiJson::array({"127.0.0.0/8"})}}).status, 200u);
  EXPECT_EQ(ask("GET", "/trunks", made.in("key")).status, 200u);
}

TEST_F(ApiIdentity, ARotatedKeysOldSecretLivesAWhile) {
  const auto path = "/customers/" + customer + "/api-keys";
  const auto made = ask("POST", path, kBoss, {{"name", "site"}, {"scopes", ApiJson::array({"trunks:read"})}});
  const auto one = path + "/" + made.in("id");
  const auto rotated = ask("POST", one + "/rotate", kBoss, {{"overlap_seconds", 3600}});
  ASSERT_EQ(rotated.status, 200u) << rotated.text;
  EXPECT_FALSE(rotated.data()["previous_until"].is_null());
  EXPECT_EQ(ask("GET", "/trunks", made.in("key")).status, 200u);
  EXPECT_EQ(ask("GET", "/trunks", rotated.in("key")).status, 200u);
  sql("UPDATE customers.api_keys SET previous_until = now() WHERE id = '" + made.in("id") + "'");
  world.clock.advance(1s);
  EXPECT_EQ(ask("GET", "/trunks", made.in("key")).code(), "UNAUTHORIZED");
  EXPECT_EQ(ask("GET", "/trunks", rotated.in("key")).status, 200u);
  const auto again = ask("POST", one + "/rotate", kBoss);
  ASSERT_EQ(again.status, 200u) << again.text;
  EXPECT_EQ(ask("GET", "/trunks", rotated.in("key")).code(), "UNAUTHORIZED") << "without overlap at once";
  EXPECT_EQ(ask("POST", one + "/rotate", kBoss, {{"overlap_seconds", 604801}}).code(), "INVALID_PAYLOAD");
}

TEST_F(ApiIdentity, TokensOfAProviderAreMapped) {
  const auto external = unique("acme");
  sql("UPDATE customers.accounts SET external_id = '" + external + "' WHERE id = '" + customer + "'");
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(world.clock.wall().time_since_epoch()).count();
  const auto token = [&](identity::Json account, const char* role) {
    identity::Json claims{{"iss", kIssuer}, {"aud", "warp"}, {"sub", "u1"}, {"exp", now + 600}, {"iat", now}};
    claims["roles"] = identity::Json::array({role});
    if (!account.is_null()) claims["account"] = account;
    return identity::ec_signer().token(claims);
  };
  EXPECT_EQ(ask("GET", "/trunks", token(external, "reader")).status, 200u);
  EXPECT_EQ(ask("GET", "/trunks", token(customer, "reader")).status, 200u);
  EXPECT_EQ(
      ask("POST", "/trunks", token(customer, "reader"), {{"name", "x"}, {"auth_type", "IP_ACL"}}).code(),
      "FORBIDDEN");
  EXPECT_EQ(ask("GET", "/trunks", token("nobody' OR '1'='1", "reader")).code(), "NO_ACTIVE_CUSTOMER");
  EXPECT_EQ(ask("GET", "/trunks", token(customer, "unmapped")).code(), "UNAUTHORIZED");
  EXPECT_EQ(ask("GET", "/trunks", token(customer, "boss")).code(), "UNAUTHORIZED")
      << "an operator's role is none for a customer";
  EXPECT_EQ(ask("GET", "/customers", token({}, "boss")).code(), "UNAUTHORIZED")
      << "nor is nobody an operator";
  EXPECT_EQ(ask("GET", "/auth/profile", token(customer, "reader")).code(), "FORBIDDEN");
  EXPECT_EQ(ask("GET", "/trunks", token(customer, "reader") + "x").code(), "UNAUTHORIZED");
  EXPECT_EQ(ask("GET", "/trunks", "wa_" + std::string(64, '0')).code(), "UNAUTHORIZED");
}

}  // namespace
}  // namespace warp::test
