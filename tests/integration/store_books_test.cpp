// Both sides of every movement of money, as the database keeps them.
#include "warp/store/billing.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

class Books : public test::StoreTest {
 protected:
  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }
  // What one account of the books has of a customer's movements.
  static std::string sum(CustomerId customer, const std::string& code) {
    return ask(
        "SELECT coalesce(sum(p.amount_nanos), 0) FROM billing.postings p JOIN billing.gl_accounts g ON g.id "
        "= "
        "p.account_id JOIN billing.ledger l ON l.id = p.ledger_entry WHERE l.customer_id = '" +
        customer.to_string() + "' AND g.code = '" + code + "'");
  }
  BillingRepository billing{t.pool};
};

TEST_F(Books, EveryEntryHasItsOtherSide) {
  const auto payer = customer().id;
  const auto post = [&](EntryKind kind, std::int64_t nanos) {
    need(billing.post(op, {payer, kind, Money::from_nanos(nanos), "", ""}));
  };
  post(EntryKind::Payment, 700);
  post(EntryKind::Adjustment, -30);
  EXPECT_EQ(sum(payer, "customer"), "670");
  EXPECT_EQ(sum(payer, "cash"), "-700");
  EXPECT_EQ(sum(payer, "adjustments"), "30");
  EXPECT_EQ(ask("SELECT count(*) FROM billing.check_postings()"), "0");
}

TEST_F(Books, ATransactionThatDoesNotBalanceIsRefused) {
  need(billing.post(op, {customer().id, EntryKind::Payment, Money::from_nanos(1), "", ""}));
  EXPECT_THROW(
      ask("INSERT INTO billing.postings (transaction, account_id, amount_nanos, currency) SELECT -1, "
          "id, 5, currency FROM billing.gl_accounts LIMIT 1"),
      std::exception);
  EXPECT_THROW(ask("DELETE FROM billing.postings"), std::exception);
}

}  // namespace
}  // namespace warp::store
