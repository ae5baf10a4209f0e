// Records and their money against the real Postgres: stored, charged, summed and put out once, whatever
// happens.
#include <future>
#include <map>
#include <random>
#include <set>

#include "warp/base/random.h"
#include "warp/store/billing.h"
#include "warp/store/outbox.h"
#include "warp/store/record_repository.h"
#include "warp/store/rerates.h"
#include "warp/store/usage.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using domain::CallRecord;
using namespace std::chrono_literals;

class StoreSettlement : public test::StoreTest {
 protected:
  using Batch = std::vector<CallRecord>;
  // A day that no other test has: what is summed of it is this test's.
  WallTime own_day() {
    static int days = 0;
    return WallTime(std::chrono::sys_days{std::chrono::year{2027} / 1 / 1}) + std::chrono::days(days++);
  }
  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }
  static std::shared_ptr<const Batch> batch(Batch records) {
    return std::make_shared<const Batch>(std::move(records));
  }

  CustomerId payer(std::int64_t balance, domain::BillingMode mode = domain::BillingMode::Prepaid) {
    NewCustomer wanted;
    wanted.name = fresh("payer");
    wanted.billing_mode = mode;
    const auto id = need(customers.create(op, wanted)).id;
    if (balance != 0)
      need(billing.post(op, {id, EntryKind::Payment, Money::from_nanos(balance), fresh("payment"), "test"}));
    return id;
  }
  // A lease of `process` with that much in it; how much it got.
  std::int64_t grant(Uuid lease, CustomerId customer, Uuid process, std::int64_t wanted) {
    return std::stoll(ask("SELECT granted FROM billing.grant_lease('" + lease.to_string() + "', '" +
                          customer.to_string() + "', 'node', '" + process.to_string() + "', " +
                          std::to_string(wanted) + ")"));
  }
  void end_lease(Uuid lease) { ask("SELECT billing.shrink_lease('" + lease.to_string() + "', 0, true)"); }

  CallRecord call(CustomerId customer, WallTime when, std::int64_t nanos, Uuid lease = {}) {
    CallRecord out;
    out.id = RecordId{ids.uuid7(when)};
    out.call = CallId{ids.uuid7(when)};
    out.customer = customer;
    out.setup_at = when;
    out.answered_at = when + 2s;
    out.ended_at = when + 12s;
    out.duration_us = 10'000'000;
    out.pdd_ms = 900;
    out.disposition = domain::Disposition::Answered;
    out.ani_e164 = "12025550001";
    out.dni_e164 = "442079460000";
    out.price.emplace();
    out.price->prefix = "44";
    out.price->amount = Money::from_nanos(nanos);
    out.price->billed_seconds = 10;
    out.price->decimals = 9;
    out.charge.charged = Money::from_nanos(nanos);
    out.charge.lease = lease;
    out.charge.reserved = lease.is_nil() ? Money{} : Money::from_nanos(nanos);
    return out;
  }
  Money balance_of(CustomerId of) { return need(billing.balance(op, of)).balance; }
  Money held_of(CustomerId of) { return need(billing.balance(op, of)).held; }
  static std::string disagreements() {
    return ask("SELECT coalesce(string_agg(a::text, '; '), '') FROM billing.check_all() AS a");
  }
  std::vector<Usage> usage(WallTime day, UsageGroup group, std::optional<CustomerId> of = {}) {
    UsageFilter filter;
    filter.from = std::chrono::floor<std::chrono::days>(day);
    filter.to = filter.from + std::chrono::days(1);
    filter.customer = of;
    return need(UsageRepository(t.pool).sums(op, filter, group));
  }

  SeededIdSource ids{20'27};
  RecordRepository records{t.pool};
  BillingRepository billing{t.pool};
};

TEST_F(StoreSettlement, ACallIsTakenFromItsLeaseAndTheBalanceOnce) {
  const auto customer = payer(1000);
  const Uuid lease = ids.uuid7(own_day()), process = ids.uuid7(own_day());
  ASSERT_EQ(grant(lease, customer, process, 400), 400);
  const auto day = own_day();
  const auto sent = batch({call(customer, day, 120, lease), call(customer, day + 1s, 80, lease)});
  EXPECT_EQ(need(records.insert(sent)), 2u);
  EXPECT_EQ(need(records.insert(sent)), 0u) << "as after a crash behind the commit";
  RecordRepository other(t.pool);
  EXPECT_EQ(need(other.insert(sent)), 0u) << "another node has them, too";
  EXPECT_EQ(balance_of(customer).nanos(), 800);
  EXPECT_EQ(held_of(customer).nanos(), 200);
  const auto entries = need(billing.ledger(op, customer, 10));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].amount.nanos(), -200) << "one entry a customer and batch";
  EXPECT_EQ(entries[0].items, 2u);
  EXPECT_EQ(entries[0].source, "calls");
  EXPECT_EQ(ask("SELECT count(DISTINCT ledger_entry) FROM records.cdrs WHERE customer_id = '" +
                customer.to_string() + "'"),
            "1");
  end_lease(lease);
  EXPECT_EQ(held_of(customer).nanos(), 0);
  EXPECT_EQ(disagreements(), "");
}

TEST_F(StoreSettlement, WhatTheLeaseDoesNotCoverIsTakenAllTheSameAndRaisesAnAlarm) {
  const auto customer = payer(100);
  const Uuid lease = ids.uuid7(own_day());
  ASSERT_EQ(grant(lease, customer, ids.uuid7(own_day()), 50), 50);
  need(records.insert(batch({call(customer, own_day(), 70, lease)})));
  EXPECT_EQ(balance_of(customer).nanos(), 30);
  EXPECT_EQ(held_of(customer).nanos(), 0);
  EXPECT_EQ(ask("SELECT details->>'nanos' FROM billing.alarms WHERE kind = 'unreserved' AND customer_id = '" +
                customer.to_string() + "'"),
            "20");
  EXPECT_EQ(disagreements(), "");
}

TEST_F(StoreSettlement, AnotherCurrencyIsRefusedWithItsBatch) {
  const auto customer = payer(100);
  const auto day = own_day();
  auto wrong = call(customer, day, 10);
  wrong.charge.currency = *Currency::parse("EUR");
  EXPECT_EQ(failure(records.insert(batch({call(customer, day, 5), wrong}))), ErrorKind::Invalid);
  EXPECT_EQ(balance_of(customer).nanos(), 100);
  EXPECT_EQ(ask("SELECT count(*) FROM records.cdrs WHERE customer_id = '" + customer.to_string() + "'"), "0");
}

TEST_F(StoreSettlement, NobodyPaysForACallOfNobody) {
  auto stranger = call({}, own_day(), 50);
  EXPECT_EQ(need(records.insert(batch({stranger}))), 1u);
  EXPECT_EQ(disagreements(), "");
}

// The server refuses every third of the statements that sum and put out, for as long as this is there.
struct Faults {
  Faults() {
    ask("CREATE SEQUENCE public.faults; GRANT USAGE ON SEQUENCE public.faults TO PUBLIC; "
        "CREATE FUNCTION public.fail_at_times() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('public.faults') % 3 = 0 THEN RAISE EXCEPTION 'at times' USING ERRCODE = '40001'; END "
        "IF; "
        "RETURN NULL; END $$; "
        "CREATE TRIGGER faults AFTER INSERT ON records.outbox FOR EACH STATEMENT EXECUTE FUNCTION "
        "public.fail_at_times(); "
        "CREATE TRIGGER faults AFTER INSERT ON records.daily_usage_summary FOR EACH STATEMENT "
        "EXECUTE FUNCTION public.fail_at_times()");
  }
  ~Faults() {
    ask("DROP TRIGGER faults ON records.outbox; DROP TRIGGER faults ON records.daily_usage_summary; "
        "DROP FUNCTION public.fail_at_times; DROP SEQUENCE public.faults");
  }
  static void ask(const std::string& sql) {
    auto& postgres = test::Postgres::instance();
    postgres.run(postgres.migrated_database(), sql);
  }
};

// What was done before it in the transaction is undone, and done again.
TEST_F(StoreSettlement, FailuresBetweenTheStatementsLoseAndRepeatNothing) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const Faults faults;
  std::vector<CustomerId> accounts;
  for (int i = 0; i < 4; ++i)
    accounts.push_back(
        payer(1'000'000, i % 2 ? domain::BillingMode::Postpaid : domain::BillingMode::Prepaid));
  std::vector<Uuid> leases;
  for (const auto account : accounts) {
    leases.push_back(ids.uuid7(own_day()));
    grant(leases.back(), account, ids.uuid7(own_day()), 100'000);
  }
  const auto day = own_day();
  std::map<CustomerId, std::int64_t> spent;
  Batch all;
  for (int round = 0; round < 30; ++round) {
    Batch sent;
    for (int i = 0; i < 20; ++i) {
      if (!all.empty() && random() % 4 == 0) {
        sent.push_back(all[random() % all.size()]);  // again
        continue;
      }
      const auto which = random() % accounts.size();
      const auto nanos = static_cast<std::int64_t>(random() % 500);
      sent.push_back(call(accounts[which], day + std::chrono::seconds(round), nanos,
                          random() % 3 == 0 ? Uuid{} : leases[which]));
      spent[accounts[which]] += nanos;
      all.push_back(sent.back());
    }
    auto stored = run(records.insert(batch(sent)));
    for (int tries = 0; !stored && tries < 20; ++tries) {
      EXPECT_EQ(stored.error().kind, ErrorKind::Unavailable) << stored.error().message;
      stored = run(records.insert(batch(sent)));
    }
    ASSERT_TRUE(stored);
    ASSERT_EQ(disagreements(), "") << "round " << round;
    if (round == 15) end_lease(leases[0]);
  }
  for (const auto account : accounts)
    EXPECT_EQ(balance_of(account).nanos(), 1'000'000 - spent[account]);
  const auto sums = usage(day, UsageGroup::Customer);
  ASSERT_EQ(sums.size(), accounts.size());
  std::uint64_t attempts = 0;
  for (const auto& sum : sums) {
    attempts += sum.attempts;
    EXPECT_EQ(sum.charge.nanos(), spent[*CustomerId::parse(sum.key)]);
  }
  EXPECT_EQ(attempts, all.size());
}

TEST_F(StoreSettlement, TheSumsOfADayAreThoseOfItsRecords) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto customer = payer(0, domain::BillingMode::Postpaid);
  const auto first = own_day(), second = own_day();
  Batch sent;
  for (int i = 0; i < 200; ++i) {
    const auto offset = std::chrono::microseconds(random() % 86'400'000'000);
    auto one =
        call(customer, (random() % 2 ? first : second) + offset, static_cast<std::int64_t>(random() % 1000));
    one.price->prefix = random() % 2 ? "44" : "4420";
    one.duration_us = random() % 20'000'000;
    if (random() % 3 == 0) {
      one.answered_at.reset();
      one.duration_us = 0;
      one.reason = random() % 2 ? domain::Reason::CalleeBusy : domain::Reason::NoRoute;
    }
    one.numbers->jurisdiction = random() % 2 ? domain::Jurisdiction::Interstate : domain::Jurisdiction::Local;
    sent.push_back(std::move(one));
  }
  need(records.insert(batch(sent)));
  for (const auto day : {first, second}) {
    std::map<std::string, Usage> wanted;
    std::map<std::string, std::uint64_t> micros;
    for (const auto& one : sent) {
      if (std::chrono::floor<std::chrono::days>(one.setup_at) != std::chrono::floor<std::chrono::days>(day))
        continue;
      auto& sum = wanted[std::string(domain::to_string(one.numbers->jurisdiction))];
      ++sum.attempts;
      sum.answered += one.answered_at ? 1 : 0;
      sum.network_ok += one.reason != domain::Reason::NoRoute ? 1 : 0;
      sum.short_calls += one.answered_at && one.duration_us < 6'000'000 ? 1 : 0;
      micros[std::string(domain::to_string(one.numbers->jurisdiction))] += one.duration_us;
      sum.billed_seconds += 10;
      sum.charge = *Money::add(sum.charge, one.charge.charged);
    }
    for (const auto& got : usage(day, UsageGroup::Jurisdiction, customer)) {
      const auto& sum = wanted[got.key];
      EXPECT_EQ(got.attempts, sum.attempts) << got.key;
      EXPECT_EQ(got.answered, sum.answered);
      EXPECT_EQ(got.network_ok, sum.network_ok);
      EXPECT_EQ(got.short_calls, sum.short_calls);
      EXPECT_EQ(got.seconds, micros[got.key] / 1'000'000);
      EXPECT_EQ(got.billed_seconds, sum.billed_seconds);
      EXPECT_EQ(got.charge, sum.charge);
      EXPECT_EQ(got.pdd_ms, 900 * sum.attempts);
    }
    EXPECT_EQ(usage(day, UsageGroup::Prefix, customer).size(), 2u);
  }
  UsageFilter foreign;
  foreign.from = std::chrono::floor<std::chrono::days>(first);
  foreign.to = foreign.from + std::chrono::days(2);
  EXPECT_TRUE(need(UsageRepository(t.pool).sums(as(payer(0)), foreign, UsageGroup::Day)).empty())
      << "another tenant sees none of it";
}

TEST_F(StoreSettlement, QualityIsOfEachProviderThatWasTried) {
  const auto good = ProviderId{ids.uuid7(own_day())}, bad = ProviderId{ids.uuid7(own_day())},
             idle = ProviderId{ids.uuid7(own_day())};
  auto one = call(payer(0, domain::BillingMode::Postpaid), own_day() + 5h + 59min, 0);
  one.attempts.push_back({idle, {}, 1, "skipped", 0, domain::Reason::TargetUnhealthy, 0});
  one.attempts.push_back({bad, {}, 2, "refused", 503, domain::Reason::FarEndRejected, 40});
  one.attempts.push_back({good, {}, 3, "answered", 200, domain::Reason::NormalClearing, 2000});
  need(records.insert(batch({one})));
  const auto row = [](ProviderId of) {
    return ask(
        "SELECT concat_ws(' ', to_char(hour AT TIME ZONE 'UTC', 'HH24:MI'), prefix, attempts, answered, "
        "network_ok, short_calls, seconds, pdd_ms) FROM records.quality_hourly WHERE provider_id = '" +
        of.to_string() + "'");
  };
  EXPECT_EQ(row(good), "05:00 44207 1 1 1 0 10 900");
  EXPECT_EQ(row(bad), "05:00 44207 1 0 0 0 0 0");
  EXPECT_EQ(row(idle), "") << "never asked";
}

class StoreOutbox : public StoreSettlement {
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
  for (auto& one : running)
    EXPECT_TRUE(one.get());
  for (const auto& row : read_all("reader"))
    EXPECT_TRUE(seen.insert(row.object.to_string()).second) << "twice";
  EXPECT_EQ(seen, wanted);
  ASSERT_TRUE(run(outbox.unsubscribe("reader")));
  EXPECT_EQ(disagreements(), "");
}

class StoreRerates : public StoreSettlement {
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
