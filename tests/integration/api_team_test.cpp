// Roles, members and operators' users: who may give what to whom, and how soon it holds.
#include "integration/api_fixture.h"
#include "support/fake_tokens.h"

namespace warp::test {
namespace {

using api::Json;
using namespace std::chrono_literals;

constexpr const char* kSuperadminRole = "00000000-0000-7000-8000-000000000001";
constexpr const char* kNocRole = "00000000-0000-7000-8000-000000000003";
constexpr const char* kAdminRole = "00000000-0000-7000-8000-000000000005";
constexpr const char* kReadOnlyRole = "00000000-0000-7000-8000-000000000007";

// One more node over the same database, where people sign in.
class Node {
 public:
  explicit Node(FakeTokens& tokens) {
    api::Settings settings;
    settings.key_rate = {100'000, 100'000};
    api::Dependencies dependencies{pool_.pool, snapshots_, live_, clock_, ids_, pool_.log, pool_.metrics};
    dependencies.ports.tokens = &tokens;
    api_ = std::make_unique<api::Api>(dependencies, std::move(settings));
    api_->add_routes(router_);
    server_ = std::make_unique<http::Server>(pool_.control.executor(), http::ServerSettings{}, router_,
                                             api_->hooks(), clock_, pool_.log, pool_.metrics);
    if (auto started = server_->start(); !started) ADD_FAILURE() << started.error();
  }
  ~Node() { pool_.run(server_->stop(2s)); }

  unsigned status(const std::string& method, const std::string& path, const std::string& token) const {
    HttpClient client(server_->port());
    const std::string body = method == "GET" ? "" : "{}";
    return client
        .request(method + " " + path + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + token +
                 "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n" + body)
        .status;
  }

 private:
  SystemClock clock_;
  SecureIdSource ids_;
  routing::SnapshotHolder snapshots_;
  FakeLiveState live_;
  TestPool pool_{Postgres::instance().conninfo(Postgres::instance().migrated_database())};
  http::Router router_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<http::Server> server_;
};

class ApiTeam : public ApiFixture {
 protected:
  std::string roles(const std::string& more = "") const {
    return "/v1/customers/" + customer + "/roles" + more;
  }
  std::string members(const std::string& more = "") const {
    return "/v1/customers/" + customer + "/members" + more;
  }
  std::string make_role(std::vector<std::string> scopes, const std::string& name = "ops") {
    const auto reply =
        ask("POST", roles(), key, {{"name", name}, {"display_name", "Ops"}, {"scopes", std::move(scopes)}});
    EXPECT_EQ(reply.status, 201u) << reply.text;
    return reply.status == 201 ? reply.id() : "";
  }
  ApiReply invite(const std::string& role, const std::string& by, const std::string& email) {
    return ask("POST", members(), by, {{"email", email}, {"name", "Ann"}, {"role_id", role}});
  }
  std::string member(const std::string& role = kReadOnlyRole) {
    const auto reply = invite(role, boss, unique("ann") + "@example.net");
    EXPECT_EQ(reply.status, 201u) << reply.text;
    return reply.data().value("user_id", "");
  }
  static std::string session_of(const std::string& user) {
    return sql(
        "INSERT INTO identity.sessions (id, user_id, customer_id, access_hash, access_until, expires_at) "
        "SELECT gen_random_uuid(), u.id, u.customer_id, sha256(random()::text::bytea), now() + interval "
        "'1 hour', now() + interval '1 hour' FROM identity.users u WHERE u.id = '" +
        user + "' RETURNING id");
  }
  static std::string revoked_for(const std::string& session) {
    return sql("SELECT coalesce(revoked_for, 'not') FROM identity.sessions WHERE id = '" +
               session.substr(0, 36) + "'");
  }
  api::Principal principal(const std::string& role) const {
    api::Principal out;
    out.kind = api::PrincipalKind::Session;
    out.customer = CustomerId::parse(customer);
    out.role = api::RoleId::parse(role);
    return out;
  }
};

TEST_F(ApiTeam, ARoleFromItsMakingToItsEnd) {
  const auto id = make_role({"trunks:read", "numbers:read"});
  const auto read = get(roles("/" + id), key);
  ASSERT_EQ(read.status, 200u) << read.text;
  EXPECT_EQ(read.data()["customer_id"], customer);
  EXPECT_EQ(read.data()["system"], false);
  EXPECT_EQ(read.data()["member_count"], 0);
  const auto listed = get(roles(), key);
  std::vector<std::string> names;
  for (const auto& role : listed.data())
    names.push_back(role["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"customer_admin", "customer_developer", "read_only", "ops"}));
  const auto changed =
      ask("PATCH", roles("/" + id), key, {{"display_name", "Night"}, {"scopes", {"cdr:read"}}});
  EXPECT_EQ(changed.data()["display_name"], "Night");
  EXPECT_EQ(changed.data()["scopes"], Json::array({"cdr:read"}));
  EXPECT_EQ(
      ask("POST", roles(), key, {{"name", "ops"}, {"display_name", "x"}, {"scopes", Json::array()}}).code(),
      "CONFLICT");
  EXPECT_EQ(ask("DELETE", roles("/" + id), key).status, 204u);
  EXPECT_EQ(get(roles("/" + id), key).code(), "NOT_FOUND");
}

TEST_F(ApiTeam, RolesOfTheSystemStandStill) {
  EXPECT_EQ(ask("PATCH", roles("/" + std::string(kReadOnlyRole)), boss, {{"display_name", "x"}}).code(),
            "FORBIDDEN");
  EXPECT_EQ(ask("DELETE", roles("/" + std::string(kReadOnlyRole)), boss).code(), "FORBIDDEN");
  EXPECT_EQ(get(roles("/" + std::string(kNocRole)), key).code(), "NOT_FOUND");
  EXPECT_EQ(
      ask("POST", roles(), key, {{"name", "noc"}, {"display_name", "x"}, {"scopes", Json::array()}}).code(),
      "CONFLICT");
  const auto copy = ask("POST", roles("/" + std::string(kReadOnlyRole) + "/duplicate"), key,
                        {{"name", "viewers"}, {"display_name", "Viewers"}});
  ASSERT_EQ(copy.status, 201u) << copy.text;
  EXPECT_EQ(copy.data()["scopes"], get(roles("/" + std::string(kReadOnlyRole)), key).data()["scopes"]);
}

TEST_F(ApiTeam, NobodyGivesMoreThanTheyHave) {
  const auto lead = key_of(customer, {"team:read", "team:write", "trunks:read"});
  const auto wanted = [](std::vector<std::string> scopes) {
    return Json{{"name", "more"}, {"display_name", "More"}, {"scopes", std::move(scopes)}};
  };
  const auto refused = ask("POST", roles(), lead, wanted({"trunks:read", "billing:read"}));
  EXPECT_EQ(refused.code(), "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(refused.body["error"]["details"]["scopes"], Json::array({"billing:read"}));
  EXPECT_EQ(ask("POST", roles(), lead, wanted({"trunks:everything"})).code(), "VALIDATION_ERROR");
  for (const auto* scope : {"admin:*", "customers:write", "operators:write"})
    EXPECT_EQ(ask("POST", roles(), boss, wanted({scope})).code(), "SCOPE_NOT_GRANTABLE") << scope;
  const auto admin = std::string(kAdminRole);
  EXPECT_EQ(
      ask("POST", roles("/" + admin + "/duplicate"), lead, {{"name", "a"}, {"display_name", "A"}}).code(),
      "SCOPE_NOT_GRANTABLE");
  const auto own = ask("POST", roles(), lead, wanted({"trunks:read"})).id();
  EXPECT_EQ(ask("PATCH", roles("/" + own), lead, {{"scopes", {"trunks:write"}}}).code(),
            "SCOPE_NOT_GRANTABLE");
  const auto somebody = member();
  EXPECT_EQ(ask("PUT", members("/" + somebody + "/role"), lead, {{"role_id", admin}}).code(),
            "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(ask("PUT", members("/" + somebody + "/role"), boss, {{"role_id", kSuperadminRole}}).code(),
            "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(ask("PUT", members("/" + somebody + "/role"), lead, {{"role_id", own}}).status, 200u);
}

TEST_F(ApiTeam, AnInvitationIsAHashAndAMail) {
  const auto email = unique("bob") + "@example.net";
  EXPECT_EQ(invite(kReadOnlyRole, key, email).code(), "GATEWAY_UNAVAILABLE") << "no mail here";
  const auto made = invite(kReadOnlyRole, boss, email);
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto code = made.data()["invitation"].get<std::string>();
  EXPECT_EQ(
      sql("SELECT count(*) FROM identity.password_resets WHERE kind = 'invitation' AND hash = sha256('" +
          code + "') AND expires_at > now() + interval '6 days'"),
      "1");
  EXPECT_EQ(invite(kReadOnlyRole, boss, email).code(), "CONFLICT");
  EXPECT_EQ(invite(kNocRole, boss, unique("c") + "@example.net").code(), "SCOPE_NOT_GRANTABLE");
  for (const auto* wrong : {"bob", "@x", "a@b@c", "a b@c"})
    EXPECT_EQ(invite(kReadOnlyRole, boss, wrong).code(), "INVALID_PAYLOAD") << wrong;
  const auto listed = get(members(), key);
  ASSERT_EQ(listed.data().size(), 1u);
  EXPECT_EQ(listed.data()[0]["email"], email);
  EXPECT_EQ(listed.data()[0]["role_name"], "read_only");
  EXPECT_EQ(listed.data()[0]["invited"], true);
  EXPECT_FALSE(listed.data()[0].contains("invitation"));
}

TEST_F(ApiTeam, SessionsEndWithWhatTheyStoodOn) {
  const auto role = make_role({"trunks:read"});
  const auto user = member(role);
  auto session = session_of(user);
  EXPECT_EQ(ask("PATCH", roles("/" + role), key, {{"display_name", "New"}}).status, 200u);
  EXPECT_EQ(revoked_for(session), "not");
  EXPECT_EQ(ask("PATCH", roles("/" + role), key, {{"scopes", {"cdr:read"}}}).status, 200u);
  EXPECT_EQ(revoked_for(session), "role");
  EXPECT_EQ(ask("DELETE", roles("/" + role), key).code(), "CONFLICT") << "somebody holds it";
  session = session_of(user);
  EXPECT_EQ(ask("PUT", members("/" + user + "/role"), key, {{"role_id", kReadOnlyRole}}).data()["role_name"],
            "read_only");
  EXPECT_EQ(revoked_for(session), "role");
  session = session_of(user);
  EXPECT_EQ(ask("PATCH", members("/" + user), key, {{"enabled", false}}).data()["enabled"], false);
  EXPECT_EQ(revoked_for(session), "disabled");
  EXPECT_EQ(ask("DELETE", members("/" + user), key).status, 204u);
  EXPECT_EQ(sql("SELECT count(*) FROM identity.sessions WHERE user_id = '" + user + "'"), "0");
  EXPECT_EQ(ask("DELETE", members("/" + user), key).code(), "NOT_FOUND");
}

TEST_F(ApiTeam, OthersSeeNothingOfIt) {
  const auto role = make_role({"trunks:read"});
  const auto user = member(role);
  EXPECT_EQ(get(roles(), other_key).code(), "FORBIDDEN");
  EXPECT_EQ(get(members(), other_key).code(), "FORBIDDEN");
  const auto theirs = "/v1/customers/" + other;
  EXPECT_EQ(get(theirs + "/roles/" + role, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("PATCH", theirs + "/roles/" + role, other_key, {{"display_name", "x"}}).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", theirs + "/members/" + user, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("PUT", theirs + "/members/" + user + "/role", other_key, {{"role_id", kReadOnlyRole}}).code(),
            "NOT_FOUND");
  const auto own = ask("POST", theirs + "/members", boss,
                       {{"email", unique("d") + "@example.net"}, {"name", "D"}, {"role_id", kReadOnlyRole}});
  EXPECT_EQ(ask("PUT", theirs + "/members/" + own.data().value("user_id", "") + "/role", other_key,
                {{"role_id", role}})
                .code(),
            "NOT_FOUND")
      << "a role of another";
}

TEST_F(ApiTeam, NobodyDoesItToThemselves) {
  FakeTokens tokens;
  const auto user = member(kAdminRole);
  auto self = principal(kAdminRole);
  self.user = *api::UserId::parse(user);
  self.second_factor = true;
  tokens.set("wa_self", self);
  const Node node(tokens);
  EXPECT_EQ(node.status("DELETE", members("/" + user), "wa_self"), 409u);
  EXPECT_EQ(node.status("PATCH", members("/" + user), "wa_self"), 409u);
  EXPECT_EQ(get(members(), key).data().size(), 1u);
}

TEST_F(ApiTeam, AChangeOfARoleHoldsEverywhereWithinASecond) {
  FakeTokens tokens;
  const auto role = make_role({"trunks:read", "team:read"});
  tokens.set("wa_ops", principal(role));
  const Node node(tokens);
  EXPECT_EQ(node.status("GET", "/v1/trunks", "wa_ops"), 200u);
  EXPECT_EQ(node.status("GET", "/v1/numbers", "wa_ops"), 403u);
  ASSERT_EQ(ask("PATCH", roles("/" + role), key, {{"scopes", {"team:read"}}}).status, 200u);
  const auto changed = std::chrono::steady_clock::now();
  while (node.status("GET", "/v1/trunks", "wa_ops") != 403)
    ASSERT_LT(std::chrono::steady_clock::now() - changed, 3s);
  ASSERT_EQ(ask("DELETE", roles("/" + role), key).status, 204u);
  const auto gone = std::chrono::steady_clock::now();
  while (node.status("GET", members(), "wa_ops") != 401)
    ASSERT_LT(std::chrono::steady_clock::now() - gone, 3s);
}

TEST_F(ApiTeam, ARoleOfAnotherAccountIsNone) {
  FakeTokens tokens;
  const auto role = make_role({"trunks:read"});
  auto stranger = principal(role);
  stranger.customer = CustomerId::parse(other);
  tokens.set("wa_stranger", stranger);
  auto pretender = principal(kSuperadminRole);
  pretender.second_factor = true;
  tokens.set("wa_pretender", pretender);
  auto careless = principal(kAdminRole);
  tokens.set("wa_careless", careless);
  const Node node(tokens);
  EXPECT_EQ(node.status("GET", "/v1/trunks", "wa_stranger"), 401u);
  EXPECT_EQ(node.status("GET", "/v1/trunks", "wa_pretender"), 401u);
  EXPECT_EQ(node.status("GET", "/v1/trunks", "wa_careless"), 403u) << "the role wants a second factor";
}

TEST_F(ApiTeam, OperatorsAreManagedByThoseWhoHoldAsMuch) {
  const auto made =
      ask("POST", "/v1/operators", boss,
          {{"email", unique("root") + "@example.net"}, {"name", "R"}, {"role_id", kSuperadminRole}});
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto root = made.data()["user_id"].get<std::string>();
  const auto keeper = ask("POST", "/v1/operator-keys", boss,
                          {{"name", "keeper"}, {"scopes", {"operators:read", "operators:write"}}})
                          .data()
                          .value("key", "");
  EXPECT_EQ(get("/v1/operators", keeper).status, 200u);
  const Json more{{"email", unique("more") + "@example.net"}, {"role_id", kNocRole}};
  EXPECT_EQ(ask("POST", "/v1/operators", keeper, more).code(), "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(ask("DELETE", "/v1/operators/" + root, keeper).code(), "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(ask("PATCH", "/v1/operators/" + root, keeper, {{"enabled", false}}).code(),
            "SCOPE_NOT_GRANTABLE");
  EXPECT_EQ(ask("PATCH", "/v1/operators/" + root, boss, {{"role_id", kReadOnlyRole}}).code(),
            "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", "/v1/operators/" + root, boss, {{"role_id", kNocRole}}).data()["role_name"], "noc");
  EXPECT_EQ(get("/v1/operators", key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("DELETE", members("/" + root), boss).code(), "NOT_FOUND") << "no member of a customer";
  EXPECT_EQ(ask("DELETE", "/v1/operators/" + root, boss).status, 204u);
}

}  // namespace
}  // namespace warp::test
