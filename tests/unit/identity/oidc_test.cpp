// Claims as the providers document them.
#include "warp/identity/oidc.h"

#include <gtest/gtest.h>

namespace warp::identity {
namespace {

using Json = nlohmann::json;

Claims claims_of(const char* text) {
  Claims out;
  out.all = Json::parse(text);
  return out;
}

OidcProvider auth0() {
  OidcProvider provider;
  provider.customer_claim = "https://warp.example/customer";
  provider.role_claim = "https://warp.example/roles";
  provider.roles = {{"Telecom Admin", "customer_admin"}, {"Viewer", "read_only"}};
  provider.scope_claim = "permissions";
  return provider;
}

// An access token with namespaced custom claims and RBAC permissions.
constexpr const char* kAuth0 = R"({
  "https://warp.example/customer": "acme-42", "https://warp.example/roles": ["Viewer", "Other"],
  "iss": "https://tenant.eu.auth0.com/", "sub": "auth0|507f1f77bcf86cd799439020",
  "aud": ["https://api.warp.example", "https://tenant.eu.auth0.com/userinfo"],
  "iat": 1750000000, "exp": 1750086400, "azp": "my_client_id", "scope": "openid profile",
  "permissions": ["trunks:read", "numbers:read"]})";

TEST(Oidc, Auth0) {
  const auto who = identity_of(claims_of(kAuth0), auth0());
  ASSERT_TRUE(who);
  EXPECT_EQ(who->subject, "auth0|507f1f77bcf86cd799439020");
  EXPECT_EQ(who->customer, "acme-42");
  EXPECT_EQ(who->role, "read_only");
  EXPECT_EQ(who->scopes, (std::vector<std::string>{"trunks:read", "numbers:read"}));
  EXPECT_FALSE(who->mfa_at);
}

// An access token of Keycloak: roles of the realm in an object.
TEST(Oidc, Keycloak) {
  OidcProvider provider;
  provider.customer_claim = "warp.customer_id";
  provider.role_claim = "realm_access.roles";
  provider.roles = {{"warp-admin", "customer_admin"}};
  const auto who = identity_of(claims_of(R"({
    "exp": 1750000300, "iat": 1750000000, "auth_time": 1749999900, "jti": "x",
    "iss": "https://kc.example/realms/main", "aud": "account", "sub": "f:1:u", "typ": "Bearer", "azp": "warp",
    "acr": "1", "amr": ["pwd", "otp"], "realm_access": {"roles": ["offline_access", "warp-admin"]},
    "resource_access": {"account": {"roles": ["manage-account"]}}, "scope": "profile email",
    "warp": {"customer_id": "0190c7a0-0000-7000-8000-000000000001"},
    "preferred_username": "jane", "email": "jane@example.com"})"),
                               provider);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->customer, "0190c7a0-0000-7000-8000-000000000001");
  EXPECT_EQ(who->role, "customer_admin");
  EXPECT_EQ(who->name, "jane@example.com");
  ASSERT_TRUE(who->mfa_at);
  EXPECT_EQ(*who->mfa_at, WallTime(std::chrono::seconds(1'749'999'900)))
      << "when, not when the token was made";
}

// An ID token of Google says the hosted domain, and nothing of roles.
constexpr const char* kGoogle = R"({
  "iss": "https://accounts.google.com", "azp": "123.apps.googleusercontent.com",
  "aud": "123.apps.googleusercontent.com", "sub": "110169484474386276334", "hd": "example.com",
  "email": "jane@example.com", "email_verified": true, "iat": 1750000000, "exp": 1750003600})";

TEST(Oidc, GoogleIsRefusedUnlessItsDomainIsMapped) {
  OidcProvider provider;
  provider.operators = true;
  EXPECT_FALSE(identity_of(claims_of(kGoogle), provider));
  provider.role_claim = "hd";
  provider.roles = {{"other.example", "superadmin"}};
  EXPECT_FALSE(identity_of(claims_of(kGoogle), provider));
  provider.roles = {{"example.com", "noc"}};
  const auto who = identity_of(claims_of(kGoogle), provider);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->role, "noc");
  EXPECT_EQ(who->customer, "");
}

TEST(Oidc, NobodyBecomesAnOperatorByAClaimThatCannotBeRead) {
  auto provider = auth0();
  auto claims = claims_of(kAuth0);
  for (const auto& value :
       {Json(7), Json(), Json(""), Json::array({"acme-42"}), Json(std::string(129, 'x'))}) {
    provider.operators = true;
    claims.all["https://warp.example/customer"] = value;
    EXPECT_FALSE(identity_of(claims, provider)) << value.dump();
  }
  claims.all.erase("https://warp.example/customer");
  EXPECT_TRUE(identity_of(claims, provider)) << "who has none is, where the configuration says so";
  provider.operators = false;
  EXPECT_FALSE(identity_of(claims, provider));
}

TEST(Oidc, TheFirstMappedRoleCounts) {
  auto claims = claims_of(kAuth0);
  claims.all["https://warp.example/roles"] = {"Viewer", "Telecom Admin"};
  EXPECT_EQ(identity_of(claims, auth0())->role, "customer_admin") << "in the order of the configuration";
  claims.all["https://warp.example/roles"] = "Viewer";
  EXPECT_EQ(identity_of(claims, auth0())->role, "read_only") << "a text is a list of one";
  claims.all["https://warp.example/roles"] = {{"Viewer", true}};
  EXPECT_EQ(identity_of(claims, auth0())->role, "") << "an object is none";
}

TEST(Oidc, ASubjectMustBeThere) {
  auto claims = claims_of(kAuth0);
  for (const auto& value : {Json(), Json(""), Json(1), Json(std::string(256, 's'))}) {
    claims.all["sub"] = value;
    EXPECT_FALSE(identity_of(claims, auth0())) << value.dump();
  }
}

TEST(Oidc, SecondFactorsByTheirMethods) {
  auto claims = claims_of(kAuth0);
  for (const char* method : {"otp", "mfa", "hwk"}) {
    claims.all["amr"] = {"pwd", method};
    EXPECT_TRUE(identity_of(claims, auth0())->mfa_at) << method;
  }
  claims.all["amr"] = {"pwd", "sms"};
  EXPECT_FALSE(identity_of(claims, auth0())->mfa_at);
  claims.all["amr"] = "otp";
  claims.all["auth_time"] = -5;
  EXPECT_EQ(identity_of(claims, auth0())->mfa_at, WallTime(std::chrono::seconds(1'750'000'000)));
}

TEST(Oidc, ScopesByWords) {
  auto claims = claims_of(kAuth0);
  auto provider = auth0();
  provider.scope_claim = "scope";
  claims.all["scope"] = " trunks:read  numbers:read ";
  EXPECT_EQ(identity_of(claims, provider)->scopes, (std::vector<std::string>{"trunks:read", "numbers:read"}));
}

}  // namespace
}  // namespace warp::identity
