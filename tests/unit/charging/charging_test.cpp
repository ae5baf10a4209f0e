// Holds for calls: at once, after a grant, or not at all; extension, settlement, what earlier processes left.
#include <gtest/gtest.h>

#include "unit/charging/charging_bench.h"

namespace warp::charging {
namespace {

using domain::Reason;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FakeBank;
using test::kSecond;
using test::money;

constexpr std::int64_t kUnit = Money::kNanosPerUnit;

class ChargingTest : public ::testing::Test, protected test::ChargingBench {
 protected:
  domain::Hold held(const domain::ChargeRequest& asked) {
    const auto verdict = verdict_of(reserve(asked));
    EXPECT_EQ(verdict.refusal, Reason::NormalClearing) << verdict.note;
    return verdict.hold;
  }
};

TEST_F(ChargingTest, WhoHasNoLimitHoldsNothing) {
  accounts.known.unlimited = true;
  const auto verdict = reserve(request());
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->refusal, Reason::NormalClearing);
  EXPECT_TRUE(verdict->hold.unlimited);
  EXPECT_TRUE(verdict->hold.lease.is_nil());
  EXPECT_EQ(bank.asked, 0);
}

TEST_F(ChargingTest, TheFirstCallWaitsForAGrantAndTheNextDoesNot) {
  bank.ledger.balance = 5 * kUnit;
  EXPECT_FALSE(reserve(request()));
  turn();
  const auto first = take_late();
  EXPECT_EQ(first.refusal, Reason::NormalClearing);
  EXPECT_EQ(first.hold.covered, seconds(60));
  EXPECT_EQ(first.hold.reserved, money(60 * kSecond));
  EXPECT_EQ(state().granted, money(kUnit)) << "a lease is filled at once";
  const auto next = reserve(request());
  ASSERT_TRUE(next);
  EXPECT_EQ(next->hold.lease, first.hold.lease);
  EXPECT_EQ(bank.asked, 1);
  EXPECT_EQ(bank.ledger.held, kUnit);
}

TEST_F(ChargingTest, CallsOfOneMomentAreOneRequest) {
  bank.ledger.balance = 5 * kUnit;
  for (int i = 0; i < 30; ++i)
    EXPECT_FALSE(reserve(request()));
  turn();
  EXPECT_EQ(late.size(), 30u);
  EXPECT_LE(bank.asked, 2);
  EXPECT_EQ(state().reserved, money(30 * 60 * kSecond));
}

TEST_F(ChargingTest, WhatIsThereCoversThatLong) {
  bank.ledger.balance = 12 * kSecond + kSecond / 2;
  const auto hold = held(request());
  EXPECT_EQ(hold.covered, seconds(12));
  EXPECT_LE(hold.reserved, money(bank.ledger.balance));
}

TEST_F(ChargingTest, WithoutMoneyThereIsNoCall) {
  EXPECT_FALSE(reserve(request()));
  turn();
  EXPECT_TRUE(late.empty()) << "others may give something back";
  pass(milliseconds(150));
  EXPECT_EQ(take_late().refusal, Reason::InsufficientFunds);
  EXPECT_EQ(bank.asked, 2);
  const auto next = reserve(request());
  ASSERT_TRUE(next) << "it was asked a moment ago";
  EXPECT_EQ(next->refusal, Reason::InsufficientFunds);
  bank.ledger.balance = kUnit;
  clock.advance(seconds(1));
  EXPECT_EQ(held(request()).covered, seconds(60));
}

TEST_F(ChargingTest, WhatOthersGiveBackIsInTime) {
  EXPECT_FALSE(reserve(request()));
  turn();
  bank.ledger.balance = kUnit;
  pass(milliseconds(150));
  EXPECT_EQ(take_late().refusal, Reason::NormalClearing);
}

TEST_F(ChargingTest, TheFirstStepAndTheFeesMustBeThere) {
  auto asked = request();
  asked.price.initial_increment = 30;
  asked.price.setup_fee = money(5 * kSecond);
  bank.ledger.balance = 34 * kSecond;
  EXPECT_FALSE(reserve(asked));
  pass(milliseconds(200));
  EXPECT_EQ(take_late().refusal, Reason::InsufficientFunds);
  bank.ledger.balance = 35 * kSecond;
  clock.advance(seconds(1));
  EXPECT_EQ(held(asked).covered, seconds(30));
}

TEST_F(ChargingTest, ADatabaseThatIsAwayRefusesInTime) {
  bank.way = FakeBank::Way::Away;
  EXPECT_FALSE(reserve(request()));
  pass(milliseconds(450));
  EXPECT_TRUE(late.empty());
  pass(milliseconds(100));
  EXPECT_EQ(take_late().refusal, Reason::ChargingUnavailable);
}

TEST_F(ChargingTest, WhatIsLeftHereIsEnoughToBeginWithoutTheDatabase) {
  bank.ledger.balance = 2 * kUnit;
  held(request());
  const auto idle = state().idle().nanos();
  // All but ten seconds' worth is taken.
  ASSERT_EQ(book.reserve(customer, money(1), money(idle - 10 * kSecond)).take, LeaseBook::Take::Taken);
  bank.way = FakeBank::Way::Away;
  EXPECT_FALSE(reserve(request()));
  pass(milliseconds(550));
  const auto verdict = take_late();
  EXPECT_EQ(verdict.refusal, Reason::NormalClearing);
  EXPECT_EQ(verdict.hold.covered, seconds(1)) << "its first step";
}

TEST_F(ChargingTest, ALostAnswerIsAskedForAgainAndGrantsOnce) {
  bank.ledger.balance = kUnit;
  bank.way = FakeBank::Way::LosesAnswer;
  EXPECT_FALSE(reserve(request()));
  turn();
  EXPECT_EQ(bank.ledger.held, kUnit);
  bank.way = FakeBank::Way::Answers;
  pass(milliseconds(150));
  EXPECT_EQ(take_late().refusal, Reason::NormalClearing);
  EXPECT_EQ(bank.ledger.held, kUnit);
  EXPECT_EQ(state().granted, money(kUnit));
}

TEST_F(ChargingTest, ALeaseThatSomebodyClosedIsReplaced) {
  bank.ledger.balance = 5 * kUnit;
  const auto first = held(request());
  bank.ledger.close(first.lease);
  ASSERT_EQ(book.reserve(customer, money(1), state().idle()).take, LeaseBook::Take::Taken);
  const auto second = held(request());
  EXPECT_NE(second.lease, first.lease);
  port.release(first);
  EXPECT_EQ(state().reserved, second.reserved);
}

TEST_F(ChargingTest, AFreeCallHoldsNothingButNeedsAnAccountInOrder) {
  auto free = request(0);
  free.price = {};
  bank.ledger.balance = 0;
  const auto hold = held(free);
  EXPECT_TRUE(hold.unlimited);
  EXPECT_EQ(hold.reserved, Money{});
  EXPECT_TRUE(hold.lease.is_nil());
  book.granted(customer, state().lease, Money{}, money(-1), clock.wall());
  const auto refused = reserve(free);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->refusal, Reason::InsufficientFunds) << "below zero: no call in either direction";
}

TEST_F(ChargingTest, GrowsByWhatIsReservedAtATime) {
  bank.ledger.balance = 5 * kUnit;
  const auto hold = held(request());
  const auto more = extend(request(), hold);
  ASSERT_TRUE(more);
  EXPECT_EQ(more->hold.covered, seconds(120));
  EXPECT_EQ(more->hold.reserved, money(120 * kSecond));
  EXPECT_EQ(more->hold.lease, hold.lease);
  EXPECT_EQ(state().reserved, money(120 * kSecond));
}

TEST_F(ChargingTest, AnExtensionIsRefusedAndLeavesTheHold) {
  bank.ledger.balance = 60 * kSecond;
  const auto hold = held(request());
  ASSERT_EQ(hold.covered, seconds(60));
  clock.advance(seconds(55));
  EXPECT_FALSE(extend(request(), hold));
  pass(milliseconds(300));
  EXPECT_EQ(take_late().refusal, Reason::InsufficientFunds);
  EXPECT_EQ(state().reserved, hold.reserved);
}

TEST_F(ChargingTest, TheLastExtensionGivesWhatIsLeft) {
  bank.ledger.balance = 70 * kSecond;
  const auto hold = held(request());
  const auto more = verdict_of(extend(request(), hold));
  EXPECT_EQ(more.refusal, Reason::NormalClearing);
  EXPECT_EQ(more.hold.covered, seconds(70));
}

TEST_F(ChargingTest, ACallIsNotCoveredForLongerThanItMayLast) {
  bank.ledger.balance = 5 * kUnit;
  auto asked = request();
  asked.longest = seconds(80);
  const auto hold = held(asked);
  EXPECT_EQ(hold.covered, seconds(60));
  const auto more = extend(asked, hold);
  ASSERT_TRUE(more);
  EXPECT_EQ(more->hold.covered, seconds(80));
  const auto none = extend(asked, more->hold);
  ASSERT_TRUE(none);
  EXPECT_NE(none->refusal, Reason::NormalClearing);
}

TEST_F(ChargingTest, AnAccountThatHasNoLimitAnyMoreGetsItsHoldBack) {
  bank.ledger.balance = 5 * kUnit;
  const auto hold = held(request());
  accounts.known.unlimited = true;
  const auto more = extend(request(), hold);
  ASSERT_TRUE(more);
  EXPECT_TRUE(more->hold.unlimited);
  EXPECT_TRUE(more->hold.lease.is_nil()) << "the caller releases the first";
  EXPECT_EQ(more->hold.reserved, Money{});
}

TEST_F(ChargingTest, FreeSecondsAreCoveredAndThenPaid) {
  bank.ledger.balance = 5 * kUnit;
  auto asked = request();
  asked.price.free_seconds = 90;
  const auto hold = held(asked);
  EXPECT_TRUE(hold.lease.is_nil());
  EXPECT_EQ(hold.covered, seconds(90));
  const auto more = verdict_of(extend(asked, hold));
  EXPECT_EQ(more.refusal, Reason::NormalClearing);
  EXPECT_FALSE(more.hold.lease.is_nil());
  EXPECT_EQ(more.hold.covered, seconds(150));
  EXPECT_EQ(more.hold.reserved, money(60 * kSecond));
}

TEST_F(ChargingTest, WhoIsSuspendedGetsNeitherACallNorMoreOfOne) {
  bank.ledger.balance = 5 * kUnit;
  const auto hold = held(request());
  accounts.known.active = false;
  EXPECT_EQ(reserve(request())->refusal, Reason::AccountSuspended);
  EXPECT_EQ(extend(request(), hold)->refusal, Reason::AccountSuspended);
}

TEST_F(ChargingTest, TheDatabaseKnowsOfASuspensionFirst) {
  bank.ledger.balance = 5 * kUnit;
  bank.status = "SUSPENDED";
  EXPECT_EQ(verdict_of(reserve(request())).refusal, Reason::InsufficientFunds);
}

TEST_F(ChargingTest, WhatWasLeftIsFreeOnceTheRecordIsOnDisk) {
  bank.ledger.balance = 5 * kUnit;
  const auto hold = held(request());
  port.settled(hold, money(10 * kSecond), record());
  EXPECT_EQ(state().reserved, hold.reserved) << "the journal may not have it yet";
  pass(milliseconds(300));
  EXPECT_EQ(state().reserved, Money{});
  EXPECT_EQ(state().spent, money(10 * kSecond));
}

TEST_F(ChargingTest, AnotherCurrencyIsHeldInTheAccounts) {
  bank.ledger.balance = 5 * kUnit;
  accounts.known.currency = *Currency::parse("EUR");
  accounts.known.decimals = 9;
  EXPECT_EQ(reserve(request())->refusal, Reason::DestinationUnrated);
  accounts.fx = 500'000'000'000;
  const auto hold = held(request());
  EXPECT_EQ(hold.reserved, money(30 * kSecond));
  EXPECT_EQ(hold.covered, seconds(60));
  EXPECT_EQ(hold.fx_pico, 500'000'000'000);
  EXPECT_EQ(hold.currency.view(), "EUR");
}

TEST_F(ChargingTest, IdleMoneyGoesBack) {
  bank.ledger.balance = kUnit;
  const auto hold = held(request());
  EXPECT_EQ(bank.ledger.available(), 0);
  pass(seconds(1));
  pass(seconds(11));
  EXPECT_EQ(bank.ledger.available(), kUnit - hold.reserved.nanos()) << "it did not spend for ten seconds";
  EXPECT_EQ(state().granted, hold.reserved);
}

TEST_F(ChargingTest, IdleMoneyGoesBackAtOnceWhenAnotherIsShort) {
  bank.ledger.balance = kUnit;
  const auto hold = held(request());
  steward.notified(customer);
  turn();
  EXPECT_EQ(bank.ledger.available(), kUnit - hold.reserved.nanos());
}

TEST_F(ChargingTest, AGiveBackWhoseAnswerIsLostIsSafe) {
  bank.ledger.balance = kUnit;
  held(request());
  bank.way = FakeBank::Way::LosesAnswer;
  steward.notified(customer);
  turn();
  EXPECT_LE(state().granted.nanos(), bank.ledger.leases.begin()->second.granted);
  bank.way = FakeBank::Way::Answers;
  held(request());
  EXPECT_EQ(state().granted.nanos(), bank.ledger.leases.begin()->second.granted);
}

TEST_F(ChargingTest, WhatCannotBeGivenBackStaysOurs) {
  bank.ledger.balance = kUnit;
  held(request());
  const auto idle = state().idle();
  bank.way = FakeBank::Way::Away;
  steward.notified(customer);
  turn();
  EXPECT_EQ(state().idle(), idle);
  EXPECT_TRUE(reserve(request())) << "calls go on while the database is away";
}

TEST_F(ChargingTest, ACallOfBeforeKeepsItsHoldAndGrowsInOurs) {
  bank.ledger.balance = 5 * kUnit;
  domain::Charge draft;
  draft.lease = Uuid{{5}};
  draft.reserved = money(60 * kSecond);
  draft.covered_seconds = 60;
  const auto old = port.adopt(draft, customer);
  EXPECT_EQ(old.covered, seconds(60));
  const auto grown = verdict_of(extend(request(), old));
  EXPECT_EQ(grown.refusal, Reason::NormalClearing);
  EXPECT_NE(grown.hold.lease, old.lease);
  EXPECT_EQ(grown.hold.reserved, money(120 * kSecond));
  EXPECT_EQ(book.adopted()[old.lease].calls, 1u) << "it is the caller who releases it";
  port.release(old);
  EXPECT_EQ(book.adopted()[old.lease].calls, 0u);
}

// A node after its restart. What had ended at a look is in the database at the next one while `prompt`.
class RecoveryTest : public ChargingTest {
 protected:
  RecoveryTest() {
    bank.ledger.balance = kUnit;
    bank.ledger.grant(old, 0, kUnit / 2, 7);
  }
  void look(int times = 1) {
    for (; times > 0; --times) {
      clock.advance(seconds(1));
      run(recovery.look());
    }
  }
  domain::Hold adopt(std::int64_t reserved) {
    domain::Charge draft;
    draft.lease = old.value;
    draft.reserved = money(reserved);
    return port.adopt(draft, customer);
  }
  const test::LedgerModel::Lease& lease() const { return bank.ledger.leases.at(old); }

  const domain::LeaseId old{Uuid{{5}}};
  bool prompt = true;
  // Calls of this process end all the time: a mark says of its own moment, not of now.
  Recovery recovery{book, bank, clock, [this] { return [this] { return prompt; }; }, {}, log};
};

TEST_F(RecoveryTest, ALeaseOfBeforeIsClosedWhenItsCallsHaveEndedAndTheirRecordsAreShipped) {
  const auto hold = adopt(60 * kSecond);
  prompt = false;
  look(8);
  EXPECT_EQ(lease().granted, kUnit / 2) << "records of its calls may be on their way";
  prompt = true;
  look(3);
  EXPECT_TRUE(lease().open) << "a call of it goes on";
  port.release(hold);
  look();
  EXPECT_TRUE(lease().open) << "its record may be in memory";
  prompt = false;
  look(3);
  EXPECT_TRUE(lease().open) << "its record is on its way";
  prompt = true;
  look();
  EXPECT_FALSE(lease().open);
  EXPECT_TRUE(recovery.done());
  EXPECT_EQ(bank.ledger.held, 0);
  look(60);
  EXPECT_GE(bank.looked_for_dead, 1);
}

TEST_F(RecoveryTest, WhatNoCallHoldsOfALeaseOfBeforeGoesBackAtOnce) {
  const auto first = adopt(60 * kSecond), second = adopt(90 * kSecond);
  bank.ledger.settle(old, 20 * kSecond);  // of a call that had ended before
  look(6);
  EXPECT_TRUE(lease().open);
  EXPECT_EQ(lease().granted - lease().settled, 150 * kSecond);
  EXPECT_EQ(bank.ledger.held, 150 * kSecond);
  // Ended and shipped between two looks: what it held is counted until the look after.
  port.release(first);
  bank.ledger.settle(old, 60 * kSecond);
  look();
  EXPECT_EQ(lease().granted - lease().settled, 90 * kSecond);
  port.release(second);
  bank.ledger.settle(old, 90 * kSecond);
  look(2);
  EXPECT_FALSE(lease().open);
  EXPECT_EQ(bank.ledger.held, 0);
  EXPECT_EQ(bank.ledger.unreserved, 0);
}

TEST_F(ChargingTest, LeavingClosesWhatIsEmptyAndKeepsWhatIsHeld) {
  bank.ledger.balance = kUnit;
  const auto hold = held(request());
  run(steward.leave(true));
  EXPECT_EQ(bank.ledger.held, hold.reserved.nanos());
  EXPECT_TRUE(bank.ledger.leases.begin()->second.open);
  port.release(hold);
  run(steward.leave(true));
  EXPECT_FALSE(bank.ledger.leases.begin()->second.open);
  EXPECT_EQ(bank.ledger.held, 0);
}

}  // namespace
}  // namespace warp::charging
