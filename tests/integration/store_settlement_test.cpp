// Records and their money against the real Postgres: stored, charged, summed and put out once, whatever
// happens.
#include <map>
#include <random>

#include "integration/settlement_fixture.h"

namespace warp::store {
namespace {

using domain::CallRecord;
using namespace std::chrono_literals;

class StoreSettlement : public test::SettlementTest {};

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

}  // namespace
}  // namespace warp::store
