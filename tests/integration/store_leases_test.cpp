// Leases, limits of spending and alarms against the real Postgres; what processes do to one account while
// connections break.
#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include "warp/base/random.h"
#include "warp/charging/lease_bank.h"
#include "warp/charging/lease_book.h"
#include "warp/store/alarms.h"
#include "warp/store/billing.h"
#include "warp/store/catalogue_repository.h"
#include "warp/store/leases.h"
#include "warp/store/migrator.h"
#include "warp/store/spend_limits.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using domain::LeaseId;

constexpr pg::Query kSettle{
    "test.settle",
    "SELECT billing.settle_calls(ARRAY[$1::uuid], ARRAY[$2::uuid], ARRAY[$3::bigint], "
    "ARRAY[nextval('billing.ledger_ids')], ARRAY['USD'])"};
constexpr pg::Query kAvailable{
    "test.available",
    "SELECT b.balance_nanos - b.held_nanos + a.credit_limit_nanos FROM billing.balances b JOIN "
    "customers.accounts a ON a.id = b.customer_id WHERE b.customer_id = $1"};

Money money(std::int64_t nanos) {
  return Money::from_nanos(nanos);
}

// In a database of their own: what is charged here has no records.
class StoreLeases : public test::StoreTest {
 protected:
  static const std::string& database() {
    static const std::string name = [] {
      auto made = postgres().create_database();
      const auto report = migrate(postgres().owner(made), embedded_migrations());
      if (!report) throw std::runtime_error(report.error());
      return made;
    }();
    return name;
  }
  CustomerId account(domain::BillingMode mode, std::int64_t balance, std::int64_t credit = 0) {
    NewCustomer wanted;
    wanted.name = fresh("caller");
    wanted.billing_mode = mode;
    wanted.credit_limit = money(credit);
    const auto id = need(accounts.create(op, wanted)).id;
    if (balance != 0) pay(id, balance);
    return id;
  }
  void pay(CustomerId of, std::int64_t nanos) {
    need(billing.post(op, {of, EntryKind::Payment, money(nanos), fresh("lease payment"), "test"}));
  }
  LeaseId lease() { return {ids.uuid7(clock.wall())}; }
  LeaseGrant grant(LeaseId id, CustomerId of, std::int64_t total, std::int64_t turn, std::string node = "n") {
    return need(leases.grant(id, of, {std::move(node), id.value}, money(total), turn));
  }
  std::int64_t available(CustomerId of) {
    auto asking = own.pool.query(pg::Scope::operators(), kAvailable, pg::Params::of(of));
    const auto rows = t.run(std::move(asking));
    return rows && !rows->empty() ? pg::RowReader((*rows)[0]).next<std::int64_t>() : 0;
  }
  bool settle(CustomerId of, LeaseId id, std::int64_t amount) {
    auto asking = own.pool.query(pg::Scope::operators(), kSettle, pg::Params::of(of, id, amount));
    return t.run(std::move(asking)).has_value();
  }
  void expect_agreement() {
    EXPECT_EQ(postgres().run(database(), "SELECT string_agg(c::text, '; ') FROM billing.check_messages() c"),
              "");
  }

  SecureIdSource ids;
  test::TestPool own{postgres().conninfo(database())};
  CustomerRepository accounts{own.pool};
  LeaseRepository leases{own.pool};
  SpendLimitRepository limits{own.pool};
  AlarmRepository alarms{own.pool};
  BillingRepository billing{own.pool};
};

TEST_F(StoreLeases, GrantsUpToATotalAndWhatThereIs) {
  const auto payer = account(domain::BillingMode::Prepaid, 100 * kCent);
  const auto one = lease(), two = lease();
  EXPECT_EQ(grant(one, payer, 60 * kCent, 1).granted, money(60 * kCent));
  const auto again = grant(one, payer, 60 * kCent, 2);
  EXPECT_EQ(again.granted, money(60 * kCent)) << "a total, not an increment";
  EXPECT_EQ(again.available, money(40 * kCent));
  const auto rest = grant(two, payer, 60 * kCent, 1);
  EXPECT_EQ(rest.granted, money(40 * kCent));
  EXPECT_EQ(rest.available, Money{});
  EXPECT_EQ(need(leases.give_back(one, money(10 * kCent), 3)), money(50 * kCent));
  EXPECT_EQ(available(payer), 50 * kCent);
  expect_agreement();
}

TEST_F(StoreLeases, ARequestThatIsLateChangesNothing) {
  const auto payer = account(domain::BillingMode::Prepaid, 100 * kCent);
  const auto one = lease();
  grant(one, payer, 60 * kCent, 5);
  EXPECT_EQ(need(leases.give_back(one, Money{}, 4)), Money{});
  EXPECT_EQ(grant(one, payer, 90 * kCent, 4).granted, money(60 * kCent));
  EXPECT_EQ(available(payer), 40 * kCent);
}

TEST_F(StoreLeases, WhatAProcessLeftIsTrimmedWhateverItAskedForLast) {
  const auto payer = account(domain::BillingMode::Prepaid, 100 * kCent);
  const auto one = lease();
  grant(one, payer, 60 * kCent, 5);
  EXPECT_EQ(need(leases.trim(one, money(20 * kCent))), money(40 * kCent));
  EXPECT_EQ(need(leases.trim(one, money(50 * kCent))), Money{}) << "never upwards";
  EXPECT_EQ(available(payer), 80 * kCent);
  expect_agreement();
  EXPECT_EQ(need(leases.close(one)), money(20 * kCent));
  EXPECT_EQ(need(leases.trim(one, Money{})), Money{}) << "it is closed";
  EXPECT_EQ(available(payer), 100 * kCent);
  expect_agreement();
}

TEST_F(StoreLeases, AnAccountWithoutALimitIsSaidToBeSo) {
  const auto postpaid = account(domain::BillingMode::Postpaid, 0);
  const auto answer = grant(lease(), postpaid, 100 * kCent, 1);
  EXPECT_TRUE(answer.unlimited);
  EXPECT_EQ(answer.granted, Money{});
  const auto limited = account(domain::BillingMode::Postpaid, 0, 70 * kCent);
  EXPECT_EQ(grant(lease(), limited, 100 * kCent, 1).granted, money(70 * kCent));
}

TEST_F(StoreLeases, WhoIsSuspendedIsGivenNothing) {
  const auto payer = account(domain::BillingMode::Prepaid, 100 * kCent);
  postgres().run(database(),
                 "UPDATE customers.accounts SET status = 'SUSPENDED' WHERE id = '" + payer.to_string() + "'");
  const auto answer = grant(lease(), payer, 100 * kCent, 1);
  EXPECT_EQ(answer.granted, Money{});
  EXPECT_EQ(answer.status, "SUSPENDED");
}

TEST_F(StoreLeases, SettlingMovesNothingThatIsAvailable) {
  const auto payer = account(domain::BillingMode::Prepaid, 100 * kCent);
  const auto one = lease();
  grant(one, payer, 60 * kCent, 1);
  ASSERT_TRUE(settle(payer, one, 25 * kCent));
  EXPECT_EQ(available(payer), 40 * kCent);
  EXPECT_EQ(need(leases.close(one)), money(35 * kCent));
  EXPECT_EQ(need(leases.close(one)), Money{});
  EXPECT_EQ(available(payer), 75 * kCent);
  EXPECT_EQ(failure(leases.grant(one, payer, {"n", {}}, money(kCent), 9)), ErrorKind::NotFound);
  expect_agreement();
}

TEST_F(StoreLeases, WhatANodeLeftIsFoundAndReleased) {
  const auto payer = account(domain::BillingMode::Prepaid, 100 * kCent);
  const auto node = fresh("node");
  const auto old = lease(), mine = lease();
  grant(old, payer, 30 * kCent, 1, node);
  grant(mine, payer, 20 * kCent, 1, node);
  EXPECT_EQ(need(leases.open_of(node)).size(), 2u);
  EXPECT_EQ(need(leases.release(op, node, std::chrono::seconds(3600), mine.value)).leases, 0u)
      << "it was heard";
  const auto released = need(leases.release(op, node, std::chrono::seconds(0), mine.value));
  EXPECT_EQ(released.leases, 1u);
  EXPECT_EQ(released.amount, money(30 * kCent));
  const auto open = need(leases.open_of(node));
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].lease, mine);
  EXPECT_EQ(need(leases.list(op, {payer, node, true}, {})).total, 2u);
  EXPECT_EQ(failure(leases.release(as(payer), node, std::chrono::seconds(0), {})), ErrorKind::Forbidden);
}

TEST_F(StoreLeases, AlertsComeOnceACrossingAndAPaymentRearmsThem) {
  const auto payer = account(domain::BillingMode::Prepaid, 100 * kCent);
  const auto one = lease();
  grant(one, payer, 100 * kCent, 1);
  const auto told = [&] {
    for (const auto& alert : need(leases.raise_alerts()))
      if (alert.customer == payer) return static_cast<int>(alert.percent);
    return 0;
  };
  ASSERT_TRUE(settle(payer, one, 49 * kCent));
  EXPECT_EQ(told(), 0);
  ASSERT_TRUE(settle(payer, one, 1 * kCent));
  EXPECT_EQ(told(), 50);
  EXPECT_EQ(told(), 0);
  ASSERT_TRUE(settle(payer, one, 35 * kCent));
  EXPECT_EQ(told(), 80);
  EXPECT_EQ(need(alarms.list(op, {payer, "balance", false}, {})).total, 1u) << "the highest stands";
  pay(payer, 100 * kCent);
  EXPECT_EQ(told(), 0);
  EXPECT_EQ(need(alarms.list(op, {payer, "balance", false}, {})).total, 0u);
  EXPECT_EQ(need(alarms.list(op, {payer, "balance", true}, {})).total, 2u);
}

TEST_F(StoreLeases, AnAlarmStandsOnceUntilItIsCleared) {
  const auto payer = account(domain::BillingMode::Prepaid, 0);
  EXPECT_TRUE(need(alarms.raise(payer, "limit", "one", "{}")));
  EXPECT_FALSE(need(alarms.raise(payer, "limit", "one", "{}")));
  EXPECT_TRUE(need(alarms.raise(payer, "limit", "two", "{}")));
  const auto standing = need(alarms.list(as(payer), {std::nullopt, "limit", false}, {}));
  ASSERT_EQ(standing.total, 2u) << "a tenant sees its own";
  EXPECT_FALSE(run(alarms.clear(op, standing.items[0].id)).has_error());
  EXPECT_EQ(failure(alarms.clear(op, standing.items[0].id)), ErrorKind::NotFound);
  EXPECT_TRUE(need(alarms.raise(payer, "limit", standing.items[0].key, "{}")));
}

TEST_F(StoreLeases, LimitsReachTheCatalogue) {
  const auto payer = account(domain::BillingMode::Postpaid, 0, 70 * kCent);
  SpendLimit wanted;
  wanted.customer = payer;
  wanted.window = "day";
  wanted.prefix = "4479";
  wanted.amount = money(50 * kCent);
  wanted.action = "BLOCK";
  const auto made = need(limits.create(op, wanted));
  auto off = wanted;
  off.enabled = false;
  need(limits.create(op, off));
  auto foreign = wanted;
  foreign.trunk = TrunkId{ids.uuid7(clock.wall())};
  EXPECT_EQ(failure(limits.create(op, foreign)), ErrorKind::NotFound);
  auto empty = wanted;
  empty.amount = std::nullopt;
  EXPECT_EQ(failure(limits.create(op, empty)), ErrorKind::Invalid);
  CatalogueRepository catalogues{own.pool, clock};
  const auto catalogue = need(catalogues.load(nullptr));
  const auto found =
      std::ranges::find_if(catalogue->customers, [&](const auto& one) { return one.id == payer; });
  ASSERT_NE(found, catalogue->customers.end());
  EXPECT_EQ(found->credit_limit, money(70 * kCent));
  EXPECT_EQ(found->status, "ACTIVE");
  ASSERT_EQ(found->limits.size(), 1u);
  EXPECT_EQ(found->limits[0].id, made.id);
  EXPECT_EQ(found->limits[0].match, "4479");
  EXPECT_EQ(found->limits[0].amount, money(50 * kCent));
  EXPECT_EQ(need(limits.list(as(payer), std::nullopt, {})).total, 2u);
  EXPECT_EQ(need(limits.list(as(customer().id), std::nullopt, {})).total, 0u);
  need(limits.remove(op, made.id));
}

// Fails before the statement, or after it was committed.
class BrokenBank {
 public:
  enum class Fate : std::uint8_t { Done, Never, Unheard };
  BrokenBank(charging::StoredLeases& bank, test::ControlThread& control) : bank_(bank), control_(control) {}

  std::optional<LeaseGrant> grant(Fate fate, LeaseId id, CustomerId of, Money total, std::int64_t turn) {
    if (fate == Fate::Never) return std::nullopt;
    auto granted = control_.run(bank_.grant(id, of, total, turn));
    if (!granted || fate == Fate::Unheard) return std::nullopt;
    return *granted;
  }
  void give_back(Fate fate, LeaseId id, Money total, std::int64_t turn) {
    if (fate == Fate::Never) return;
    const auto done = control_.run(bank_.give_back(id, total, turn));
    static_cast<void>(done);  // as good as lost
  }

 private:
  charging::StoredLeases& bank_;
  test::ControlThread& control_;
};

// Two processes of one account, while requests are lost before and after their commit and connections are
// cut: nobody spends what is not there, and in the end all is back.
TEST_F(StoreLeases, TwoProcessesNeverOverspendWhateverBreaks) {
  constexpr std::uint64_t kSeed = 20260612;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  const auto pick = [&](std::uint64_t below) { return static_cast<std::int64_t>(random() % below); };
  const auto payer = account(domain::BillingMode::Prepaid, 60 * kCent);
  struct Process {
    std::unique_ptr<charging::LeaseBook> book;
    std::unique_ptr<charging::StoredLeases> stored;
    std::unique_ptr<BrokenBank> bank;
    std::int64_t turn = 0;
    std::vector<std::pair<LeaseId, Money>> calls, journal;
  };
  std::array<Process, 2> processes;
  for (Process& process : processes) {
    process.book = std::make_unique<charging::LeaseBook>(clock);
    process.stored = std::make_unique<charging::StoredLeases>(own.pool, LeaseHolder{"broken", lease().value});
    process.bank = std::make_unique<BrokenBank>(*process.stored, t.control);
  }
  const auto fate = [&] {
    const auto thrown = pick(6);
    return thrown == 0   ? BrokenBank::Fate::Never
           : thrown == 1 ? BrokenBank::Fate::Unheard
                         : BrokenBank::Fate::Done;
  };
  const auto ask = [&](Process& process, Money more) {
    auto state = process.book->state(payer);
    if (!state || state->lease.is_nil()) process.book->open(payer, lease());
    state = process.book->state(payer);
    const auto total = process.book->wanted(payer, more, money(5 * kCent), std::chrono::seconds(1));
    const auto answer = process.bank->grant(fate(), state->lease, payer, total, ++process.turn);
    if (answer) process.book->granted(payer, state->lease, answer->granted, answer->available, clock.wall());
  };
  std::int64_t charged = 0;
  const auto ship = [&](Process& process) {
    if (process.journal.empty()) return;
    const auto [id, cost] = process.journal.front();
    if (cost != Money{} && !settle(payer, id, cost.nanos())) return;
    charged += cost.nanos();
    process.journal.erase(process.journal.begin());
  };
  for (int step = 0; step < 600; ++step) {
    Process& process = processes[static_cast<std::size_t>(pick(2))];
    const auto what = pick(8);
    if (what < 3) {
      const auto least = money(1 + pick(kCent)), most = money(least.nanos() + pick(3 * kCent));
      auto taken = process.book->reserve(payer, least, most);
      if (taken.take == charging::LeaseBook::Take::NeedsGrant) {
        ask(process, most);
        taken = process.book->reserve(payer, least, most);
      }
      if (taken.take == charging::LeaseBook::Take::Taken)
        process.calls.emplace_back(taken.lease, taken.reserved);
    } else if (what < 5 && !process.calls.empty()) {
      const auto [id, reserved] = process.calls.back();
      process.calls.pop_back();
      const auto cost = money(pick(static_cast<std::uint64_t>(reserved.nanos()) + 1));
      process.journal.emplace_back(id, cost);
      process.book->settle(payer, id, reserved, cost);
    } else if (what < 7) {
      ship(process);
    } else if (const auto state = process.book->state(payer); state && !state->lease.is_nil()) {
      if (process.book->give_back(payer, state->lease, Money{}) != Money{})
        process.bank->give_back(fate(), state->lease, process.book->state(payer)->granted, ++process.turn);
    }
    if (step % 150 == 149)
      postgres().run("postgres",
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'warpd'");
    else if (step % 10 == 0) {
      ASSERT_GE(available(payer), 0);
    }
    ASSERT_EQ(process.book->defects(), 0u);
  }
  for (Process& process : processes) {
    for (const auto& [id, reserved] : process.calls)
      process.journal.emplace_back(id, reserved);
    for (int tries = 0; tries < 2000 && !process.journal.empty(); ++tries)
      ship(process);
    ASSERT_TRUE(process.journal.empty());
  }
  run(leases.open_of("broken"));  // on a connection that was cut
  for (const auto& open : need(leases.open_of("broken")))
    if (open.customer == payer) need(leases.close(open.lease));
  const auto now = need(billing.balance(op, payer));
  EXPECT_EQ(now.held, Money{});
  EXPECT_GE(now.balance.nanos(), 0);
  EXPECT_GT(charged, 0);
  EXPECT_EQ(need(alarms.list(op, {payer, "unreserved", true}, {})).total, 0u);
  expect_agreement();
}

}  // namespace
}  // namespace warp::store
