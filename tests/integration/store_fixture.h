// What the tests of the repositories share: one migrated database, an operator, a customer of their own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/store/customers.h"
#include "warp/store/rate_plans.h"

#include "integration/coroutine.h"
#include "integration/services.h"

namespace warp::test {

class StoreTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kCent = 10'000'000;

  template <class Items, class Id>
  static const auto* by_id(const Items& items, const Id& id) {
    const auto found = std::ranges::find_if(items, [&](const auto& item) { return item.id == id; });
    return found == items.end() ? nullptr : &*found;
  }
  static domain::Rate line_of(const std::string& prefix, std::int64_t nanos, WallTime from = {},
                              domain::Jurisdictions set = domain::kAllJurisdictions) {
    domain::Rate line;
    line.prefix = prefix;
    line.per_minute = Money::from_nanos(nanos);
    line.effective_from = from;
    line.jurisdictions = set;
    return line;
  }
  static Postgres& postgres() { return Postgres::instance(); }

  // A name that no other test has.
  static std::string fresh(const std::string& stem) {
    static int count = 0;
    return stem + " " + std::to_string(++count);
  }
  template <class T>
  store::Expected<T> run(store::Task<T> task) {
    return t.run(std::move(task));
  }
  // The value, or a failed test and an empty one.
  template <class T>
  T need(store::Task<T> task) {
    auto outcome = t.run(std::move(task));
    if (outcome) return std::move(*outcome);
    ADD_FAILURE() << to_string(outcome.error().kind) << ": " << outcome.error().message;
    return T{};
  }
  template <class T>
  store::ErrorKind failure(store::Task<T> task) {
    const auto outcome = t.run(std::move(task));
    EXPECT_TRUE(outcome.has_error()) << "it was to fail";
    return outcome.has_error() ? outcome.error().kind : store::ErrorKind::Internal;
  }
  store::Customer customer() {
    store::NewCustomer wanted;
    wanted.name = fresh("customer");
    return need(customers.create(op, wanted));
  }
  store::RatePlan plan() {
    store::NewRatePlan wanted;
    wanted.name = fresh("plan");
    return need(plans.create(op, wanted));
  }
  static store::Actor as(CustomerId customer) { return {"user:1", "req-2", customer}; }

  const store::Actor op{"operator:test", "req-1", std::nullopt};
  SystemClock clock;
  TestPool t{postgres().conninfo(postgres().migrated_database())};
  store::CustomerRepository customers{t.pool};
  store::RatePlanRepository plans{t.pool};
};

}  // namespace warp::test
