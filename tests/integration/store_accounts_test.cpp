#include "warp/store/api_keys.h"
#include "warp/store/customers.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreAccounts : public test::StoreTest {
 protected:
  static KeyHash hash(unsigned char fill) {
    static unsigned char salt = 0;
    KeyHash out{};
    out.fill(static_cast<std::byte>(fill));
    out[0] = static_cast<std::byte>(++salt);
    return out;
  }
  ApiKeyRepository keys{t.pool};
};

TEST_F(StoreAccounts, CustomersAreMadeReadChangedAndRemoved) {
  NewCustomer wanted;
  wanted.name = fresh("Acme");
  wanted.billing_mode = domain::BillingMode::Prepaid;
  wanted.currency = *Currency::parse("EUR");
  wanted.credit_limit = *Money::parse("12.5");
  wanted.capacity = R"({"local": {"inbound": {"cps": 5}}})";
  const auto made = need(customers.create(op, wanted));
  EXPECT_EQ(made.name, wanted.name);
  EXPECT_EQ(made.status, "ACTIVE");
  EXPECT_EQ(made.billing_mode, domain::BillingMode::Prepaid);
  EXPECT_EQ(made.credit_limit, wanted.credit_limit);
  EXPECT_EQ(made.allowed_number_classes.size(), 5u);
  EXPECT_THAT(made.capacity, HasSubstr("\"cps\": 5"));

  CustomerPatch patch;
  patch.status = "SUSPENDED";
  patch.external_id.emplace("crm-7");
  const auto changed = need(customers.update(op, made.id, patch));
  EXPECT_EQ(changed.status, "SUSPENDED");
  EXPECT_EQ(changed.name, made.name);
  EXPECT_EQ(changed.external_id, "crm-7");
  EXPECT_GT(changed.updated_at, made.updated_at);
  patch = {};
  patch.external_id.emplace(std::nullopt);
  EXPECT_EQ(need(customers.update(op, made.id, patch)).external_id, std::nullopt);

  EXPECT_EQ(need(customers.get(as(made.id), made.id)).id, made.id);
  need(customers.remove(op, made.id));
  EXPECT_EQ(failure(customers.get(op, made.id)), ErrorKind::NotFound);
}

TEST_F(StoreAccounts, ATenantReadsItselfAndChangesNothing) {
  const auto mine = customer(), other = customer();
  EXPECT_EQ(failure(customers.get(as(mine.id), other.id)), ErrorKind::NotFound);
  EXPECT_EQ(failure(customers.update(as(mine.id), mine.id, {})), ErrorKind::Forbidden);
  EXPECT_EQ(need(customers.list(as(mine.id), "", {})).total, 1u);
}

TEST_F(StoreAccounts, ListsArePagedAndSearched) {
  const auto stem = fresh("Paged");
  for (const char* suffix : {" c", " a", " b"}) {
    NewCustomer wanted;
    wanted.name = stem + suffix;
    need(customers.create(op, wanted));
  }
  const auto first = need(customers.list(op, stem, {1, 2}));
  EXPECT_EQ(first.total, 3u);
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_EQ(first.items[0].name, stem + " a");
  const auto second = need(customers.list(op, stem, {2, 2}));
  ASSERT_EQ(second.items.size(), 1u);
  EXPECT_EQ(second.items[0].name, stem + " c");
  EXPECT_EQ(need(customers.list(op, stem, {9, 2})).total, 3u);
}

TEST_F(StoreAccounts, BadValuesAreInvalid) {
  NewCustomer wanted;
  EXPECT_EQ(failure(customers.create(op, wanted)), ErrorKind::Invalid) << "no name";
  wanted.name = fresh("bad");
  wanted.capacity = "[]";
  EXPECT_EQ(failure(customers.create(op, wanted)), ErrorKind::Invalid);
  wanted.capacity = "{";
  EXPECT_EQ(failure(customers.create(op, wanted)), ErrorKind::Invalid);
  wanted.capacity = "{}";
  wanted.name = "\xff\xfe";
  EXPECT_EQ(failure(customers.create(op, wanted)), ErrorKind::Invalid) << "not UTF-8";
}

TEST_F(StoreAccounts, KeysAreFoundByTheirHashOnly) {
  const auto owner = customer();
  NewApiKey wanted;
  wanted.customer = owner.id;
  wanted.name = "automation";
  wanted.prefix = "rk_test_ab12";
  wanted.secret_hash = hash(1);
  wanted.scopes = {"trunks:read", "cdr:read"};
  const auto made = need(keys.create(op, wanted));
  EXPECT_TRUE(made.test);
  const auto found = need(keys.find(wanted.secret_hash));
  EXPECT_EQ(found.key.id, made.id);
  EXPECT_EQ(found.key.customer, owner.id);
  EXPECT_THAT(found.key.scopes, ElementsAre("trunks:read", "cdr:read"));
  EXPECT_TRUE(found.customer_active);
  EXPECT_EQ(failure(keys.find(hash(2))), ErrorKind::NotFound);

  CustomerPatch suspend;
  suspend.status = "SUSPENDED";
  need(customers.update(op, owner.id, suspend));
  EXPECT_FALSE(need(keys.find(wanted.secret_hash)).customer_active);
}

TEST_F(StoreAccounts, RotatedAndRevokedKeysLeaveATrail) {
  const auto owner = customer();
  NewApiKey wanted;
  wanted.customer = owner.id;
  wanted.name = "k";
  wanted.prefix = "rk_aaaa";
  wanted.secret_hash = hash(3);
  const auto made = need(keys.create(op, wanted));
  const auto next = hash(4);
  need(keys.rotate(op, owner.id, made.id, "rk_bbbb", next));
  EXPECT_EQ(failure(keys.find(wanted.secret_hash)), ErrorKind::NotFound) << "the old secret is dead";
  EXPECT_EQ(need(keys.find(next)).key.prefix, "rk_bbbb");
  const auto revoked = need(keys.revoke(op, owner.id, made.id));
  ASSERT_TRUE(revoked.revoked_at);
  EXPECT_EQ(need(keys.revoke(op, owner.id, made.id)).revoked_at, revoked.revoked_at);
  EXPECT_EQ(failure(keys.rotate(op, owner.id, made.id, "rk_cccc", hash(5))), ErrorKind::NotFound);
  EXPECT_TRUE(need(keys.list(op, owner.id, false)).empty());
  EXPECT_EQ(need(keys.list(as(owner.id), owner.id, true)).size(), 1u);
  ASSERT_TRUE(run(keys.record(op, revoked, "authenticate", "192.0.2.9", "curl")));
  ASSERT_TRUE(run(keys.touch({made.id})));
  EXPECT_TRUE(need(keys.get(op, owner.id, made.id)).last_used_at);

  std::vector<std::string> events;
  for (const auto& event : need(keys.audit(as(owner.id), owner.id, made.id)))
    events.push_back(event.event);
  EXPECT_THAT(events, ElementsAre("authenticate", "revoke", "rotate", "create"));
  const auto stored =
      postgres().run(postgres().migrated_database(),
                     "SELECT string_agg(coalesce(after::text, '') || coalesce(before::text, ''), '') "
                     "FROM audit.events WHERE object_type = 'api_key'");
  EXPECT_THAT(stored, ::testing::Not(HasSubstr("secret_hash")));
}

TEST_F(StoreAccounts, OperatorsKeysAreOutOfTenantsReach) {
  NewApiKey wanted;
  wanted.name = "root";
  wanted.prefix = "rk_oper";
  wanted.secret_hash = hash(6);
  const auto made = need(keys.create(op, wanted));
  EXPECT_EQ(made.customer, std::nullopt);
  EXPECT_EQ(need(keys.find(wanted.secret_hash)).key.customer, std::nullopt);
  const auto tenant = customer();
  EXPECT_EQ(failure(keys.list(as(tenant.id), std::nullopt, true)), ErrorKind::Forbidden);
  EXPECT_EQ(failure(keys.revoke(as(tenant.id), std::nullopt, made.id)), ErrorKind::Forbidden);
  NewApiKey stolen = wanted;
  stolen.customer = tenant.id;
  stolen.secret_hash = hash(7);
  EXPECT_EQ(failure(keys.create(as(customer().id), stolen)), ErrorKind::Forbidden);
}

}  // namespace
}  // namespace warp::store
