// The book of leases: what may be taken, what is refused, what goes back.
#include "warp/charging/lease_book.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "unit/charging/ledger_model.h"

namespace warp::charging {
namespace {

using test::money;
using Take = LeaseBook::Take;
using domain::LeaseId;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <class Id>
Id id(std::uint8_t number) {
  Id made;
  made.value.bytes[15] = number;
  return made;
}

class Book : public ::testing::Test {
 protected:
  void grant(std::int64_t total, std::int64_t available) {
    book.open(customer, lease);
    book.granted(customer, lease, money(total), money(available), clock.wall());
  }
  Take reserve(std::int64_t least, std::int64_t most) {
    return book.reserve(customer, money(least), money(most)).take;
  }
  std::int64_t idle() const { return book.state(customer)->idle().nanos(); }

  test::ManualClock clock;
  LeaseBook book{clock};
  const CustomerId customer = id<CustomerId>(1);
  const LeaseId lease = id<LeaseId>(2), next = id<LeaseId>(3);
};

TEST_F(Book, WhoIsNotKnownNeedsAGrant) {
  EXPECT_EQ(reserve(1, 10), Take::NeedsGrant);
  EXPECT_EQ(reserve(0, 0), Take::NeedsGrant) << "whether it is below its limit is not known either";
  book.open(customer, lease);
  EXPECT_EQ(reserve(0, 0), Take::NeedsGrant);
}

TEST_F(Book, TakesWhatThereIsAndAsksForTheRest) {
  grant(100, 50);
  const auto first = book.reserve(customer, money(10), money(60));
  EXPECT_EQ(first.take, Take::Taken);
  EXPECT_EQ(first.lease, lease);
  EXPECT_EQ(first.reserved, money(60));
  EXPECT_EQ(reserve(10, 60), Take::NeedsGrant) << "the database has more";
  EXPECT_EQ(idle(), 40);
}

TEST_F(Book, GivesTheLastThatIsEnoughToBegin) {
  grant(100, 0);
  ASSERT_EQ(reserve(10, 60), Take::Taken);
  const auto last = book.reserve(customer, money(10), money(60));
  EXPECT_EQ(last.take, Take::Taken);
  EXPECT_EQ(last.reserved, money(40));
  EXPECT_EQ(idle(), 0);
  EXPECT_EQ(reserve(1, 60), Take::Refused);
}

TEST_F(Book, RefusesWhatIsTooLittleToBegin) {
  grant(9, 0);
  EXPECT_EQ(reserve(10, 60), Take::Refused);
  EXPECT_EQ(idle(), 9);
}

TEST_F(Book, BelievesARefusalForAWhile) {
  grant(0, 0);
  EXPECT_EQ(reserve(1, 1), Take::Refused);
  clock.advance(milliseconds(500));
  EXPECT_EQ(reserve(1, 1), Take::Refused);
  clock.advance(milliseconds(1));
  EXPECT_EQ(reserve(1, 1), Take::NeedsGrant);
}

TEST_F(Book, AFreeCallNeedsAnAccountThatIsNotBelowItsLimit) {
  grant(0, 0);
  EXPECT_EQ(reserve(0, 0), Take::Taken);
  EXPECT_EQ(reserve(0, 0), Take::Taken);
  grant(0, -1);
  EXPECT_EQ(reserve(0, 0), Take::Refused);
  clock.advance(seconds(1));
  EXPECT_EQ(reserve(0, 0), Take::NeedsGrant) << "it may have been paid meanwhile";
}

TEST_F(Book, SettlesAndFreesTheRest) {
  grant(100, 0);
  ASSERT_EQ(reserve(10, 60), Take::Taken);
  book.settle(customer, lease, money(60), money(25));
  const auto state = book.state(customer);
  EXPECT_EQ(state->spent, money(25));
  EXPECT_EQ(state->reserved, money(0));
  EXPECT_EQ(idle(), 75);
  EXPECT_EQ(book.defects(), 0u);
}

TEST_F(Book, CountsACallThatCostMoreThanWasHeld) {
  grant(100, 0);
  ASSERT_EQ(reserve(10, 10), Take::Taken);
  book.settle(customer, lease, money(10), money(11));
  EXPECT_EQ(book.defects(), 1u);
}

TEST_F(Book, ReleaseLeavesNoTrace) {
  grant(100, 0);
  ASSERT_EQ(reserve(10, 60), Take::Taken);
  book.release(customer, lease, money(60));
  EXPECT_EQ(idle(), 100);
  EXPECT_EQ(book.state(customer)->spent, money(0));
}

TEST_F(Book, GrowsWithinItsLease) {
  grant(100, 0);
  ASSERT_EQ(reserve(10, 60), Take::Taken);
  const auto more = book.grow(customer, lease, money(60), money(61), money(90));
  EXPECT_EQ(more.take, Take::Taken);
  EXPECT_EQ(more.reserved, money(90));
  EXPECT_EQ(idle(), 10);
  const auto last = book.grow(customer, lease, money(90), money(95), money(120));
  EXPECT_EQ(last.reserved, money(100));
  EXPECT_EQ(book.grow(customer, lease, money(100), money(101), money(120)).take, Take::Refused);
}

TEST_F(Book, WhatWasAdoptedGrowsInTheOwnLease) {
  book.adopt(customer, next, money(30));
  EXPECT_EQ(book.adopted()[next].calls, 1u);
  EXPECT_EQ(book.grow(customer, next, money(30), money(31), money(50)).take, Take::NeedsGrant);
  grant(100, 0);
  const auto moved = book.grow(customer, next, money(30), money(31), money(50));
  EXPECT_EQ(moved.take, Take::Taken);
  EXPECT_EQ(moved.lease, lease);
  EXPECT_EQ(moved.reserved, money(50)) << "all of it is new here";
  EXPECT_EQ(idle(), 50);
  book.release(customer, next, money(30));
  EXPECT_EQ(book.adopted()[next].calls, 0u);
  EXPECT_EQ(book.owner(next), customer);
}

TEST_F(Book, ALeaseThatWasClosedHoldsNothingAnyMore) {
  grant(100, 0);
  ASSERT_EQ(reserve(10, 60), Take::Taken);
  book.lost(customer, lease);
  EXPECT_EQ(reserve(10, 60), Take::NeedsGrant);
  EXPECT_EQ(book.adopted()[lease].calls, 1u);
  book.open(customer, next);
  book.granted(customer, next, money(50), money(0), clock.wall());
  book.settle(customer, lease, money(60), money(60));
  EXPECT_EQ(book.state(customer)->spent, money(0)) << "it was of the other lease";
  EXPECT_EQ(idle(), 50);
  book.granted(customer, lease, money(500), money(0), clock.wall());
  EXPECT_EQ(idle(), 50) << "an answer about a lease of before";
}

TEST_F(Book, GivesBackWhatIsIdleAlone) {
  grant(100, 0);
  ASSERT_EQ(reserve(10, 60), Take::Taken);
  EXPECT_EQ(book.give_back(customer, lease, money(15)), money(25));
  EXPECT_EQ(idle(), 15);
  EXPECT_EQ(book.state(customer)->granted, money(75));
  EXPECT_EQ(book.give_back(customer, lease, money(15)), money(0));
  EXPECT_EQ(book.give_back(customer, next, money(0)), money(0)) << "not its lease";
}

TEST_F(Book, ALostAnswerHealsWithTheNext) {
  grant(100, 0);
  ASSERT_EQ(book.give_back(customer, lease, money(0)), money(100));
  // It never reached the database, which says what the lease has when it is asked again.
  book.granted(customer, lease, money(100), money(0), clock.wall());
  EXPECT_EQ(idle(), 100);
}

TEST_F(Book, WishesAheadOfWhatIsSpent) {
  grant(1'000, 1'000'000);
  EXPECT_TRUE(book.wishes(clock.wall(), money(100), seconds(10)).empty());
  for (int second = 0; second < 30; ++second) {
    ASSERT_EQ(reserve(10, 40), Take::Taken);
    book.settle(customer, lease, money(40), money(40));
    clock.advance(seconds(1));
    const auto wishes = book.wishes(clock.wall(), money(100), seconds(10));
    if (idle() >= 200) {
      EXPECT_TRUE(wishes.empty()) << "half of ten seconds is there: " << idle();
      continue;
    }
    ASSERT_EQ(wishes.size(), 1u) << idle();
    EXPECT_EQ(wishes[0].lease, lease);
    const auto state = book.state(customer);
    const auto room = wishes[0].total.nanos() - state->spent.nanos() - state->reserved.nanos();
    EXPECT_GT(room, 300);
    EXPECT_LE(room, 410);
    return;
  }
  FAIL() << "it never wished";
}

TEST_F(Book, KeepsNothingOfWhoDoesNotSpend) {
  grant(1'000, 0);
  ASSERT_EQ(reserve(10, 40), Take::Taken);
  static_cast<void>(book.wishes(clock.wall(), money(100), seconds(10)));
  EXPECT_EQ(book.kept(customer, money(100), seconds(10)), money(100));
  clock.advance(seconds(1));
  static_cast<void>(book.wishes(clock.wall(), money(100), seconds(10)));
  EXPECT_EQ(book.kept(customer, money(100), seconds(10)), money(0))
      << "a call goes on, nothing new was taken";
}

}  // namespace
}  // namespace warp::charging
