#include "warp/api/roles.h"

#include <algorithm>
#include <set>

#include "world.h"

namespace warp::api {
namespace {

const SystemRole& role(std::string_view name) {
  for (const auto& known : system_roles())
    if (known.name == name) return known;
  throw std::logic_error("no such role");
}

// Only asks, though it is a POST; and what everybody does for themselves.
bool only_asks(const Endpoint& endpoint) {
  for (const auto* path :
       {"/auth/", "/live/", "/porting/preview", "/porting/transfer/preview", "/tincomply/"})
    if (endpoint.path.starts_with(path)) return true;
  return endpoint.open;
}

class RolesOverHttp : public ApiTest {
 protected:
  RolesOverHttp() {
    keys_.add("rk_read_only", CustomerId::parse(kId), scopes_of(role("read_only")));
    keys_.add("rk_noc", std::nullopt, scopes_of(role("noc")));
    keys_.add("rk_billing", std::nullopt, scopes_of(role("billing")));
  }
  void start_without_limits() {
    Settings settings;
    settings.key_rate = settings.customer_rate = {100'000, 100'000};
    start(std::move(settings));
  }
  std::string path_of(const Endpoint& endpoint) const {
    auto path = "/api/v1" + endpoint.path;
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      const auto end = path.find('}') + 1;
      path.replace(open, end - open, path.substr(open, end - open).ends_with(":int}") ? "1" : kId);
    }
    return path;
  }
};

TEST_F(RolesOverHttp, ReadOnlyChangesNothing) {
  start_without_limits();
  std::size_t refused = 0;
  for (const auto& endpoint : api_->endpoints()) {
    if (endpoint.method == http::Method::Get || only_asks(endpoint)) continue;
    const auto reply = ask(std::string(http::to_string(endpoint.method)), path_of(endpoint), "rk_read_only");
    EXPECT_EQ(reply.status, 403u) << http::to_string(endpoint.method) << " " << endpoint.path;
    EXPECT_EQ(reply.code(), "FORBIDDEN") << endpoint.path;
    ++refused;
  }
  EXPECT_GT(refused, 100u);
}

TEST_F(RolesOverHttp, TheNocHasNoHandInMoney) {
  const auto payments = std::string("/v1/customers/") + kId + "/payments";
  for (const auto& path : {payments, std::string("/v1/customers/") + kId + "/adjustments"}) {
    const auto reply = ask("POST", path, "rk_noc", "{}");
    EXPECT_EQ(reply.code(), "FORBIDDEN") << path;
    EXPECT_EQ(reply.body["error"]["details"]["scope"], "billing:write") << path;
  }
  EXPECT_EQ(ask("POST", "/v1/invoices/" + std::string(kId) + "/void", "rk_noc", "{}").code(), "FORBIDDEN");
  EXPECT_EQ(ask("POST", payments, "rk_billing", "{}").code(), "INVALID_PAYLOAD")
      << "may, if it says how much";
}

TEST_F(RolesOverHttp, OnlySuperadminsChangeOperators) {
  keys_.add("rk_admin", std::nullopt, scopes_of(role("operator_admin")));
  for (const auto* method : {"PATCH", "DELETE"})
    EXPECT_EQ(ask(method, "/v1/operators/" + std::string(kId), "rk_admin", "{}").code(), "FORBIDDEN")
        << method;
  EXPECT_EQ(ask("POST", "/v1/operators", "rk_admin", "{}").code(), "FORBIDDEN");
  EXPECT_EQ(ask("POST", "/v1/operators", kBootstrap, "{}").code(), "INVALID_PAYLOAD");
}

TEST_F(RolesOverHttp, EveryEndpointOfOperatorsHasAScope) {
  start();
  std::set<std::string> superadmin;
  for (const auto& endpoint : api_->endpoints()) {
    if (!endpoint.operators_only) continue;
    EXPECT_TRUE(is_scope(endpoint.scope)) << endpoint.path << ": " << endpoint.scope;
    if (endpoint.scope == kSuperadmin) superadmin.insert(endpoint.path);
  }
  // Whoever adds one below a path that no row of operator_scopes.cpp has: decide who may.
  EXPECT_EQ(superadmin, std::set<std::string>{});
}

TEST(Roles, EveryScopeOfEndpointsIsHeldBySomebody) {
  std::set<std::string> held;
  for (const auto& known : system_roles())
    for (auto& scope : scopes_of(known))
      held.insert(std::move(scope));
  for (const auto& scope : all_scopes()) {
    if (scope.name == "operators:write") continue;  // of superadmins alone, who hold it by holding everything
    EXPECT_TRUE(held.contains(std::string(scope.name))) << scope.name;
  }
}

TEST(Roles, AreWhatTheyAreCalled) {
  for (const auto& scope : scopes_of(role("read_only")))
    EXPECT_TRUE(scope.ends_with(":read")) << scope;
  const auto developer = scopes_of(role("customer_developer"));
  for (const auto* missing : {"billing:read", "team:write", "team:read", "api_keys:write", "numbers:order"})
    EXPECT_EQ(std::count(developer.begin(), developer.end(), missing), 0) << missing;
  const auto noc = scopes_of(role("noc"));
  for (const auto* missing : {"billing:write", "customers:write", "operators:read", "rates:write"})
    EXPECT_EQ(std::count(noc.begin(), noc.end(), missing), 0) << missing;
}

}  // namespace
}  // namespace warp::api
