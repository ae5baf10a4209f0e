// What follows a record: the outbox, and corrections of its price.
#include <future>
#include <set>

#include "warp/store/outbox.h"
#include "warp/store/rerates.h"

#include "integration/settlement_fixture.h"

namespace warp::store {
namespace {

using domain::CallRecord;
using namespace std::chrono_literals;

class StoreOutbox : public test::SettlementTest {
 protected:
  void SetUp() override { need(outbox.purge()); }
  OutboxRepository outbox{t.pool};
  std::vector<OutboxRow> read_all(const std::string& consumer, std::uint32_t limit = 7) {
    std::vector<OutboxRow> out;
    for (;;) {
      auto rows = need(outbox.next(consumer, limit));
      if (rows.empty()) return out;
      EXPECT_TRUE(need(outbox.done(consumer, rows.back())));
      EXPECT_FALSE(need(outbox.done(consumer, rows.back()))) << "marked twice";
      out.insert(out.end(), rows.begin(), rows.end());
    }
  }
};

TEST_F(StoreOutbox, IsKeptForThoseWhoReadIt) {
  const auto customer = payer(0, domain::BillingMode::Postpaid);
  need(records.insert(batch({call(customer, own_day(), 0)})));
  EXPECT_EQ(need(outbox.backlog()), 0u) << "nobody reads";
  EXPECT_EQ(failure(outbox.next("nobody", 10)), ErrorKind::NotFound);
  ASSERT_TRUE(run(outbox.subscribe("fast")));
  ASSERT_TRUE(run(outbox.subscribe("slow")));
  ASSERT_TRUE(run(outbox.subscribe("slow")));
  Batch sent;
  for (int i = 0; i < 20; ++i)
    sent.push_back(call(customer, own_day(), 0));
  need(records.insert(batch(sent)));
  EXPECT_EQ(read_all("fast").size(), 20u);
  EXPECT_EQ(need(outbox.purge()), 0u) << "the slow one has read nothing";
  EXPECT_EQ(need(outbox.backlog()), 20u);
  EXPECT_EQ(read_all("slow").size(), 20u);
  EXPECT_EQ(need(outbox.purge()), 20u);
  ASSERT_TRUE(run(outbox.unsubscribe("fast")));
  ASSERT_TRUE(run(outbox.unsubscribe("slow")));
}

// Transactions that end in another order than they drew their numbers in.
TEST_F(StoreOutbox, ConcurrentCommitsLoseAndRepeatNothing) {
  ASSERT_TRUE(run(outbox.subscribe("reader")));
  const auto customer = payer(0, domain::BillingMode::Postpaid);
  const auto day = own_day();
  constexpr int kWriters = 4, kRounds = 25;
  std::set<std::string> wanted, seen;
  std::vector<std::vector<std::shared_ptr<const Batch>>> work(kWriters);
  for (auto& batches : work)
    for (int i = 0; i < kRounds; ++i) {
      Batch one{call(customer, day, 1), call(customer, day + 1s, 1)};
      for (const auto& record : one)
        wanted.insert(record.id.to_string());
      batches.push_back(batch(std::move(one)));
    }
  std::vector<std::future<Expected<std::uint64_t>>> running;
  for (int i = 0; i < kRounds; ++i) {
    for (auto& batches : work)
      running.push_back(t.control.spawn(records.insert(batches[static_cast<std::size_t>(i)])));
    for (const auto& row : read_all("reader"))
      EXPECT_TRUE(seen.insert(row.object.to_string()).second) << "twice";
  }
  for (auto& one : running) {
    const auto stored = one.get();
    EXPECT_TRUE(stored) << stored.error().message;
  }
  for (const auto& row : read_all("reader"))
    EXPECT_TRUE(seen.insert(row.object.to_string()).second) << "twice";
  EXPECT_EQ(seen, wanted);
  ASSERT_TRUE(run(outbox.unsubscribe("reader")));
  EXPECT_EQ(disagreements(), "");
}

class StoreRerates : public test::SettlementTest {
 protected:
  RerateRepository rerates{t.pool};
  Rerate begun() {
    RerateScope scope;
    const auto made = need(rerates.create(op, scope, {}));
    EXPECT_TRUE(run(rerates.start(op, made.id)));
    return made;
  }
  static std::vector<NewPrice> at(const Batch& calls, std::vector<std::int64_t> nanos) {
    std::vector<NewPrice> out;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      NewPrice one;
      one.record = calls[i].id;
      one.setup_at = calls[i].setup_at;
      one.after = Money::from_nanos(nanos[i]);
      out.push_back(one);
    }
    return out;
  }
};

TEST_F(StoreRerates, ThereAndBackIsTheFirstStateToTheNano) {
  const auto customer = payer(10'000);
  const auto day = own_day();
  const Batch calls{call(customer, day, 300), call(customer, day + 1s, 250), call(customer, day + 2s, 70)};
  need(records.insert(batch(calls)));
  const auto before = balance_of(customer);

  auto first = begun();
  const auto cheaper = need(rerates.correct(first.id, customer, at(calls, {100, 250, 0})));
  EXPECT_EQ(cheaper.changed, 2u) << "one costs what it did";
  EXPECT_EQ(cheaper.before.nanos(), 370);
  EXPECT_EQ(cheaper.after.nanos(), 100);
  EXPECT_EQ(need(rerates.correct(first.id, customer, at(calls, {100, 250, 0}))).changed, 0u) << "once a run";
  EXPECT_EQ(balance_of(customer).nanos(), before.nanos() + 270);
  EXPECT_EQ(usage(day, UsageGroup::Customer)[0].charge.nanos(), 350);
  EXPECT_EQ(disagreements(), "");
  std::vector<RecordId> which;
  std::vector<WallTime> when;
  for (const auto& one : calls) {
    which.push_back(one.id);
    when.push_back(one.setup_at);
  }
  const auto now = need(rerates.standing(which, when));
  ASSERT_EQ(now.size(), 3u);
  EXPECT_EQ(now[0].nanos(), 100);
  EXPECT_EQ(now[1].nanos(), 250);
  EXPECT_EQ(now[2].nanos(), 0);
  EXPECT_EQ(
      ask("SELECT string_agg(kind || ' ' || amount_nanos, ', ' ORDER BY number) FROM billing.ledger WHERE "
          "source = 'rerate' AND customer_id = '" +
          customer.to_string() + "'"),
      "reversal 370, charge -100");
  ASSERT_TRUE(run(rerates.finish(first.id, "{}")));

  auto second = begun();
  EXPECT_EQ(need(rerates.correct(second.id, customer, at(calls, {300, 250, 70}))).changed, 2u);
  ASSERT_TRUE(run(rerates.finish(second.id, "{}")));
  EXPECT_EQ(balance_of(customer), before);
  EXPECT_EQ(usage(day, UsageGroup::Customer)[0].charge.nanos(), 620);
  EXPECT_EQ(disagreements(), "");
}

TEST_F(StoreRerates, APrepaidAccountIsNotPutBelowItsLimitByIt) {
  const auto customer = payer(100);
  const Batch calls{call(customer, own_day(), 60)};
  need(records.insert(batch(calls)));
  const auto dear = begun();
  const auto done = need(rerates.correct(dear.id, customer, at(calls, {101})));
  EXPECT_TRUE(done.refused);
  EXPECT_EQ(balance_of(customer).nanos(), 40);
  EXPECT_FALSE(need(rerates.correct(dear.id, customer, at(calls, {100}))).refused);
  EXPECT_EQ(balance_of(customer).nanos(), 0);
  ASSERT_TRUE(run(rerates.finish(dear.id, "{}")));
  EXPECT_EQ(disagreements(), "");
}

TEST_F(StoreRerates, OneIsUnderWayAtATime) {
  const auto one = begun();
  const auto other = need(rerates.create(op, RerateScope{}, {}));
  EXPECT_EQ(failure(rerates.start(op, other.id)), ErrorKind::Duplicate);
  EXPECT_EQ(failure(rerates.start(op, one.id)), ErrorKind::NotFound) << "begun already";
  ASSERT_TRUE(run(rerates.finish(one.id, "{}")));
  EXPECT_TRUE(run(rerates.cancel(op, other.id)));
  EXPECT_EQ(need(rerates.get(op, other.id)).state, "cancelled");
}

TEST_F(StoreRerates, AScopeComesBackFromItsText) {
  RerateScope scope;
  scope.from = own_day();
  scope.to = scope.from + 1h;
  scope.customer = CustomerId{ids.uuid7(scope.from)};
  scope.prefix = "44";
  const auto back = parse_rerate_scope(need(rerates.create(op, scope, {})).scope);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->from, scope.from);
  EXPECT_EQ(back->to, scope.to);
  EXPECT_EQ(back->customer, scope.customer);
  EXPECT_FALSE(back->trunk);
  EXPECT_EQ(back->prefix, "44");
  EXPECT_FALSE(parse_rerate_scope("[]"));
}

}  // namespace
}  // namespace warp::store
