#include <csignal>

#include <gtest/gtest.h>

#include "warp/pg/joint.h"

#include "integration/coroutine.h"
#include "integration/services.h"

namespace warp::pg {
namespace {

using test::Postgres;
using test::TestPool;
using namespace std::chrono_literals;

constexpr Query kMake{"test.joint_make", "INSERT INTO routing.partitions (name) VALUES ($1)"};
constexpr Query kCount{"test.joint_count",
                       "SELECT count(*) FROM routing.partitions WHERE name LIKE $1 || '%'"};
constexpr Query kJointFails{"test.joint_fail", "SELECT 1 / $1::int"};
constexpr Query kWho{"test.joint_who",
                     "SELECT current_user::text, current_setting('warp.customer_id', true)"};
constexpr Query kJointBackend{"test.joint_backend", "SELECT pg_backend_pid()"};
constexpr Query kSlow{"test.joint_slow", "SELECT pg_sleep($1::float8)", 10s};

class PgJoint : public ::testing::Test {
 protected:
  PgJoint() : t(settings()) {}
  static PoolSettings settings() {
    auto out = TestPool::with(Postgres::instance().conninfo(Postgres::instance().migrated_database()));
    out.size = 3;
    return out;
  }
  std::shared_ptr<Joint> begin(std::chrono::milliseconds longest = 15s) {
    auto joint = t.run(Joint::begin(t.pool, Scope::operators(), longest));
    if (!joint) throw std::runtime_error(joint.error().message);
    return std::move(*joint);
  }
  static Scope in(const std::shared_ptr<Joint>& joint) { return Scope::operators().within(joint); }
  Expected<Rows> ask(Scope scope, const Query& query, Params params) {
    return t.run(t.pool.query(std::move(scope), query, std::move(params)));
  }
  std::int64_t count(const std::string& stem, Scope scope = Scope::operators()) {
    const auto rows = ask(std::move(scope), kCount, Params::of(stem));
    return rows ? RowReader((*rows)[0]).next<std::int64_t>() : -1;
  }
  bool make(const std::shared_ptr<Joint>& joint, const std::string& name) {
    return ask(in(joint), kMake, Params::of(name)).has_value();
  }
  TestPool t;
};

TEST_F(PgJoint, HoldsAsAWholeAndOnlyThen) {
  const auto joint = begin();
  EXPECT_TRUE(make(joint, "whole a"));
  EXPECT_TRUE(make(joint, "whole b"));
  EXPECT_EQ(count("whole", in(joint)), 2);
  EXPECT_EQ(count("whole"), 0) << "nobody else sees it";
  EXPECT_TRUE(t.run(joint->commit()));
  EXPECT_EQ(count("whole"), 2);
  const auto late = ask(in(joint), kCount, Params::of("whole"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::Cancelled);
}

TEST_F(PgJoint, AFailureUndoesItselfAlone) {
  const auto joint = begin();
  EXPECT_TRUE(make(joint, "step a"));
  const auto failed = ask(in(joint), kJointFails, Params::of(0));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "22012");
  EXPECT_FALSE(make(joint, "step a")) << "the name is taken";
  EXPECT_TRUE(make(joint, "step b"));
  std::vector<Statement> both;
  both.push_back({&kMake, Params::of("step c")});
  both.push_back({&kMake, Params::of("step b")});
  EXPECT_FALSE(t.run(t.pool.batch(in(joint), std::move(both))));
  EXPECT_TRUE(t.run(joint->commit()));
  EXPECT_EQ(count("step"), 2);
}

TEST_F(PgJoint, AFailureAsTheFirstStatement) {
  const auto joint = begin();
  EXPECT_FALSE(ask(in(joint), kJointFails, Params::of(0)));
  EXPECT_TRUE(make(joint, "first a"));
  EXPECT_TRUE(t.run(joint->commit()));
  EXPECT_EQ(count("first"), 1);
}

TEST_F(PgJoint, EachCallHasItsOwnRoleAndTenant) {
  const auto joint = begin();
  const auto customer = *CustomerId::parse("0190c7a0-0000-7000-8000-00000000aaaa");
  for (int i = 0; i < 2; ++i) {
    const auto operators = ask(in(joint), kWho, {});
    ASSERT_TRUE(operators) << operators.error().message;
    EXPECT_EQ((*operators)[0].text(0), "warp_operator");
    EXPECT_EQ((*operators)[0].text(1), "");
    const auto tenant = ask(Scope::tenant(customer).within(joint), kWho, {});
    ASSERT_TRUE(tenant) << tenant.error().message;
    EXPECT_EQ((*tenant)[0].text(0), "warp_daemon");
    EXPECT_EQ((*tenant)[0].text(1), customer.to_string());
    EXPECT_FALSE(ask(Scope::tenant(customer).within(joint), kMake, Params::of("tenant x")));
  }
  t.run(joint->rollback());
  const auto after = ask(Scope::operators(), kWho, {});
  EXPECT_EQ((*after)[0].text(1), "") << "nothing is carried over";
}

TEST_F(PgJoint, ANestedTransactionIsASavepoint) {
  const auto joint = begin();
  {
    auto kept = t.run(t.pool.begin(in(joint)));
    ASSERT_TRUE(kept);
    EXPECT_TRUE(t.run(kept->query(kMake, Params::of("nested kept"))));
    EXPECT_TRUE(t.run(kept->query(kMake, Params::of("nested kept 2"))));
    EXPECT_TRUE(t.run(kept->commit()));
  }
  {
    auto dropped = t.run(t.pool.begin(in(joint)));
    ASSERT_TRUE(dropped);
    EXPECT_TRUE(t.run(dropped->query(kMake, Params::of("nested dropped"))));
  }
  {
    auto failed = t.run(t.pool.begin(in(joint)));
    ASSERT_TRUE(failed);
    EXPECT_TRUE(t.run(failed->query(kMake, Params::of("nested failed"))));
    EXPECT_FALSE(t.run(failed->query(kJointFails, Params::of(0))));
    EXPECT_FALSE(t.run(failed->commit()));
  }
  {
    auto undone = t.run(t.pool.begin(in(joint)));
    ASSERT_TRUE(undone);
    EXPECT_TRUE(t.run(undone->query(kMake, Params::of("nested undone"))));
    t.run(undone->rollback());
  }
  EXPECT_EQ(count("nested", in(joint)), 2);
  EXPECT_TRUE(t.run(joint->commit()));
  EXPECT_EQ(count("nested"), 2);
}

TEST_F(PgJoint, CopyAndIsolationAreRefused) {
  const auto joint = begin();
  auto part = t.run(t.pool.begin(in(joint)));
  ASSERT_TRUE(part);
  const auto copied = t.run(part->copy_in(
      "test.copy", "COPY routing.partitions (name) FROM STDIN", [](std::string&) { return false; }, 1s));
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().kind, ErrorKind::InvalidInput);
  const TransactionOptions options{Isolation::RepeatableRead, true};
  const auto isolated = t.run(t.pool.begin(in(joint), options));
  ASSERT_FALSE(isolated.has_value());
  EXPECT_EQ(isolated.error().kind, ErrorKind::InvalidInput);
}

TEST_F(PgJoint, CallsAtOnceRunOneAfterAnother) {
  const auto joint = begin();
  std::vector<std::future<Expected<Rows>>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(t.control.spawn(
        t.pool.query(in(joint), i % 4 == 1 ? kJointFails : kMake,
                     i % 4 == 1 ? Params::of(0) : Params::of("at once " + std::to_string(i)))));
  int good = 0;
  for (auto& answer : answers)
    good += answer.get().has_value() ? 1 : 0;
  EXPECT_EQ(good, 15);
  EXPECT_TRUE(t.run(joint->commit()));
  EXPECT_EQ(count("at once"), 15);
}

TEST_F(PgJoint, GivenUpItIsRolledBackAndTheConnectionIsFree) {
  for (int i = 0; i < 8; ++i) {
    const auto joint = begin();  // more than there are connections
    EXPECT_TRUE(make(joint, "given up"));
  }
  EXPECT_EQ(count("given up"), 0);
}

TEST_F(PgJoint, ALostConnectionEndsItForAll) {
  const auto joint = begin();
  const auto pid = ask(in(joint), kJointBackend, {});
  ASSERT_TRUE(pid);
  EXPECT_TRUE(make(joint, "lost"));
  ASSERT_EQ(kill(RowReader((*pid)[0]).next<pid_t>(), SIGTERM), 0);
  EXPECT_FALSE(make(joint, "lost too"));
  const auto committed = t.run(joint->commit());
  EXPECT_FALSE(committed.has_value());
  EXPECT_EQ(count("lost"), 0);
}

TEST_F(PgJoint, ItEndsAfterItsTime) {
  const auto joint = begin(100ms);
  EXPECT_TRUE(make(joint, "timed"));
  const auto slow = ask(in(joint), kSlow, Params::of("0.3"));
  EXPECT_TRUE(slow) << "what is under way is let end";
  const auto late = ask(in(joint), kCount, Params::of("timed"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::Timeout);
  EXPECT_FALSE(t.run(joint->commit()).has_value());
  EXPECT_EQ(count("timed"), 0);
}

}  // namespace
}  // namespace warp::pg
