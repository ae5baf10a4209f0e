// Proofs that one tenant cannot see or touch another's rows, made from the catalogue of Postgres itself, so
// that a table that forgets its protection fails here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/coroutine.h"
#include "integration/services.h"

namespace warp::pg {
namespace {

using test::Postgres;
using test::TestPool;

constexpr Query kMyCustomers{"test.rls_customers", "SELECT count(*) FROM customers.accounts"};
constexpr Query kMyTrunks{"test.rls_trunks", "SELECT count(*) FROM trunks.configurations"};
constexpr Query kOneTrunk{"test.rls_trunk", "SELECT count(*) FROM trunks.configurations WHERE id = $1"};
constexpr Query kRename{"test.rls_rename", "UPDATE trunks.configurations SET name = 'stolen' WHERE id = $1"};
constexpr Query kSteal{"test.rls_steal", "UPDATE trunks.configurations SET customer_id = $2 WHERE id = $1"};
constexpr Query kInsert{
    "test.rls_insert",
    "INSERT INTO trunks.configurations (customer_id, name, auth_type) VALUES ($1, 'x', 'IP_ACL')"};
constexpr Query kChild{
    "test.rls_child",
    "INSERT INTO trunks.ip_whitelist (customer_id, trunk_id, cidr) VALUES ($1, $2, '198.51.100.7/32')"};

class Tenancy : public ::testing::Test {
 protected:
  static Postgres& postgres() { return Postgres::instance(); }
  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }
  static std::string list(const std::string& sql) {
    return ask("SELECT string_agg(x, ' ') FROM (" + sql + ") AS q(x)");
  }
  void SetUp() override {
    const auto customer = [](const char* name) {
      return ask(std::string("INSERT INTO customers.accounts (name) VALUES ('") + name + "') RETURNING id");
    };
    const auto trunk = [](const std::string& owner) {
      return ask("INSERT INTO trunks.configurations (customer_id, name, auth_type) VALUES ('" + owner +
                 "', 'main', 'IP_ACL') RETURNING id");
    };
    const auto first = customer("first"), second = customer("second");
    a = *CustomerId::parse(first);
    b = *CustomerId::parse(second);
    trunk_a = *TrunkId::parse(trunk(first));
    trunk_b = *TrunkId::parse(trunk(second));
  }
  std::string count(Scope scope, const Query& query, Params params = {}) {
    const auto rows = t.run(t.pool.query(std::move(scope), query, std::move(params)));
    return rows ? RowReader((*rows)[0]).next<std::string>() : std::string(to_string(rows.error().kind));
  }

  CustomerId a, b;
  TrunkId trunk_a, trunk_b;
  TestPool t{postgres().conninfo(postgres().migrated_database())};
};

TEST_F(Tenancy, EveryTableWithACustomerIsProtectedByForce) {
  ASSERT_NE(ask("SELECT records.ensure_partitions('2030-01-01', '2030-01-02')"), "");
  ASSERT_NE(ask("SELECT sms.ensure_partitions('2030-01-01', '2030-01-02')"), "");
  EXPECT_EQ(list("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                 "JOIN pg_attribute k ON k.attrelid = c.oid AND k.attname = 'customer_id' "
                 "WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
                 "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"),
            "");
  // Nor is the test blind: there are such tables.
  EXPECT_GE(
      std::stoi(ask("SELECT count(*) FROM pg_class WHERE relforcerowsecurity AND relkind IN ('r', 'p')")),
      10);
}

TEST_F(Tenancy, EveryPolicyOfTheTenantRoleNamesTheTenant) {
  EXPECT_EQ(list("SELECT schemaname || '.' || tablename || ':' || policyname FROM pg_policies "
                 "WHERE ('warp_daemon' = ANY (roles) OR 'public' = ANY (roles)) "
                 "AND qual NOT LIKE '%warp.customer_id%'"),
            "");
}

TEST_F(Tenancy, TheTenantRoleReachesNoTableThatIsNotProtected) {
  // What it may read without protection is not any tenant's: the list of migrations.
  EXPECT_EQ(list("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                 "WHERE c.relkind IN ('r', 'p', 'v', 'm') "
                 "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT c.relrowsecurity "
                 "AND has_table_privilege('warp_daemon', c.oid, 'SELECT, INSERT, UPDATE, DELETE')"),
            "warp.schema_migrations");
}

TEST_F(Tenancy, TheDaemonsRolesCannotBypass) {
  EXPECT_EQ(
      list("SELECT rolname::text FROM pg_roles WHERE rolname IN ('warpd', 'warp_daemon', 'warp_operator') "
           "AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"),
      "");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
                "WHERE r.rolname IN ('warpd', 'warp_daemon', 'warp_operator')"),
            "0")
      << "an owner could switch the protection off";
  EXPECT_EQ(ask("SELECT rolinherit FROM pg_roles WHERE rolname = 'warpd'"), "f");
  EXPECT_EQ(ask("SELECT pg_has_role('warp_daemon', 'warp_operator', 'MEMBER')"), "f");
}

TEST_F(Tenancy, WithoutATenantThereIsNothing) {
  EXPECT_EQ(count(Scope::none(), kMyTrunks), "permission_denied");
  EXPECT_EQ(count(Scope::tenant(CustomerId{}), kMyTrunks), "0");
  EXPECT_EQ(count(Scope::tenant(CustomerId{}), kMyCustomers), "0");
  // The role alone, with no tenant set at all.
  auto settings = TestPool::with(postgres().conninfo(postgres().migrated_database()));
  settings.operator_role = "warp_daemon";
  TestPool bare(settings);
  const auto rows = bare.run(bare.pool.query(Scope::operators(), kMyTrunks, {}));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(RowReader((*rows)[0]).next<int>(), 0);
}

TEST_F(Tenancy, ATenantSeesItsOwnAndNobodyElses) {
  EXPECT_EQ(count(Scope::tenant(a), kMyTrunks), "1");
  EXPECT_EQ(count(Scope::tenant(a), kMyCustomers), "1");
  EXPECT_EQ(count(Scope::tenant(a), kOneTrunk, Params::of(trunk_a)), "1");
  EXPECT_EQ(count(Scope::tenant(a), kOneTrunk, Params::of(trunk_b)), "0");
  EXPECT_EQ(count(Scope::operators(), kOneTrunk, Params::of(trunk_b)), "1");
}

TEST_F(Tenancy, ATenantChangesNothingOfAnother) {
  const auto changed = [&](const Query& query, Params params) {
    const auto rows = t.run(t.pool.query(Scope::tenant(a), query, std::move(params)));
    return rows ? std::to_string(rows->affected()) : std::string(to_string(rows.error().kind));
  };
  EXPECT_EQ(changed(kRename, Params::of(trunk_b)), "0");
  EXPECT_EQ(changed(kRename, Params::of(trunk_a)), "1");
  EXPECT_EQ(changed(kInsert, Params::of(b)), "permission_denied");
  EXPECT_EQ(changed(kSteal, Params::of(trunk_a, b)), "permission_denied");
  EXPECT_EQ(changed(kChild, Params::of(a, trunk_b)), "foreign_key_violation")
      << "its row into another's trunk";
}

boost::asio::awaitable<int> strangers_seen(Pool& pool, CustomerId me, int rounds) {
  constexpr Query kStrangers{
      "test.rls_strangers",
      "SELECT count(*) FILTER (WHERE customer_id <> $1), count(*) FROM trunks.configurations"};
  int seen = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto rows = co_await pool.query(Scope::tenant(me), kStrangers, Params::of(me));
    if (!rows) co_return 1000;
    RowReader row((*rows)[0]);
    seen += row.next<int>();
    if (row.next<int>() != 1) co_return 2000;
  }
  co_return seen;
}

TEST_F(Tenancy, PooledConnectionsLeakNothingBetweenTenants) {
  auto settings = TestPool::with(postgres().conninfo(postgres().migrated_database()));
  settings.size = 1;
  TestPool shared(settings);
  std::vector<std::future<int>> tenants;
  for (int i = 0; i < 8; ++i)
    tenants.push_back(shared.control.spawn(strangers_seen(shared.pool, i % 2 ? a : b, 40)));
  for (auto& tenant : tenants)
    EXPECT_EQ(tenant.get(), 0);
}

TEST_F(Tenancy, TheAuditTrailSaysWhoAndCannotBeChanged) {
  constexpr Query kTrail{"test.audit",
                         "SELECT actor, request_id, before ->> 'name', after ->> 'name' FROM audit.events "
                         "WHERE object_type = 'trunk' AND event = 'update' AND object_id = $1::text"};
  constexpr Query kForge{
      "test.audit_forge",
      "INSERT INTO audit.events (actor, event, object_type, object_id) VALUES ('me', 'x', 'y', 'z')"};
  constexpr Query kErase{"test.audit_erase", "DELETE FROM audit.events"};
  ASSERT_TRUE(t.run(t.pool.query(Scope::tenant(a).by("api_key:7", "req-1"), kRename, Params::of(trunk_a))));
  const auto trail = t.run(t.pool.query(Scope::tenant(a), kTrail, Params::of(trunk_a)));
  ASSERT_TRUE(trail) << trail.error().message;
  ASSERT_EQ(trail->size(), 1u);
  RowReader row((*trail)[0]);
  EXPECT_EQ(row.next<std::string>(), "api_key:7");
  EXPECT_EQ(row.next<std::string>(), "req-1");
  EXPECT_EQ(row.next<std::string>(), "main");
  EXPECT_EQ(row.next<std::string>(), "stolen");
  EXPECT_EQ(t.run(t.pool.query(Scope::tenant(b), kTrail, Params::of(trunk_a)))->size(), 0u);
  for (const auto& scope : {Scope::tenant(a), Scope::operators()}) {
    const auto forged = t.run(t.pool.query(scope, kForge, {}));
    ASSERT_FALSE(forged);
    EXPECT_EQ(forged.error().kind, ErrorKind::PermissionDenied);
    EXPECT_FALSE(t.run(t.pool.query(scope, kErase, {})));
  }
}

}  // namespace
}  // namespace warp::pg
