#include "warp/api/authorizer.h"

#include <gtest/gtest.h>

#include "warp/api/roles.h"

#include "support/manual_clock.h"

namespace warp::api {
namespace {

Principal of(std::optional<CustomerId> customer, std::vector<std::string> scopes) {
  Principal out;
  out.customer = customer;
  out.scopes = std::move(scopes);
  return out;
}

const auto kSome = CustomerId::parse("0190c7a0-0000-7000-8000-000000000001");

TEST(Authorizer, ScopesOfOperatorsCountForOperatorsAlone) {
  test::ManualClock clock;
  const Authorizer authorizer({}, clock);
  const Need need{"providers:read", true, false, {}};
  EXPECT_FALSE(authorizer.check(of(std::nullopt, {"providers:read"}), need));
  EXPECT_FALSE(authorizer.check(of(std::nullopt, {std::string(kSuperadmin)}), need));
  for (const auto& forged : {std::string("providers:read"), std::string(kSuperadmin)}) {
    const auto refused = authorizer.check(of(kSome, {forged}), need);
    ASSERT_TRUE(refused) << forged;
    EXPECT_EQ(refused->code, ErrorCode::Forbidden);
    EXPECT_EQ(refused->details["scope"], "providers:read");
  }
}

TEST(Authorizer, ASecondFactorHoldsForAWhile) {
  test::ManualClock clock;
  const Authorizer authorizer({false, std::chrono::seconds(600)}, clock);
  const Need need{"trunks:write", false, true, "DELETE /trunks/{trunk_id}"};
  auto somebody = of(kSome, {"trunks:write"});
  EXPECT_FALSE(authorizer.check(somebody, need)) << "keys need none, unless it is configured";
  somebody.kind = PrincipalKind::Session;
  const auto refused = authorizer.check(somebody, need);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, ErrorCode::MfaRequired);
  EXPECT_EQ(refused->details["action"], "DELETE /trunks/{trunk_id}");
  somebody.mfa_at = clock.wall() - std::chrono::seconds(600);
  EXPECT_FALSE(authorizer.check(somebody, need));
  somebody.mfa_at = clock.wall() - std::chrono::seconds(601);
  EXPECT_TRUE(authorizer.check(somebody, need));
}

TEST(Roles, NoRoleOfACustomerHoldsAScopeOfOperators) {
  ASSERT_EQ(system_roles().size(), 7u);
  for (const auto& role : system_roles()) {
    const auto id = RoleId::parse(role.id);
    ASSERT_TRUE(id);
    EXPECT_EQ(system_role(*id), &role);
    const auto scopes = scopes_of(role);
    EXPECT_FALSE(scopes.empty()) << role.name;
    for (const auto& scope : scopes) {
      EXPECT_TRUE(role.for_operators || !is_for_operators(scope)) << role.name << " " << scope;
      EXPECT_EQ(scope == kSuperadmin, role.name == "superadmin");
    }
  }
}

}  // namespace
}  // namespace warp::api
