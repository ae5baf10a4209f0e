#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/coroutine.h"
#include "integration/services.h"

namespace warp::pg {
namespace {

using test::Postgres;
using test::TestPool;
using namespace std::chrono_literals;

constexpr Query kEcho{"test.echo", "SELECT $1::bigint"};
constexpr Query kFail{"test.fail", "SELECT 1 / $1::int"};
constexpr Query kSleep{"test.sleep", "SELECT pg_sleep($1::float8)", 100ms};
constexpr Query kSleepLong{"test.sleep_long", "SELECT pg_sleep($1::float8)", 20s};
constexpr Query kBackend{"test.backend", "SELECT pg_backend_pid()"};
constexpr Query kRole{"test.role", "SELECT current_user::text, current_setting('warp.customer_id', true)"};

class PgPool : public ::testing::Test {
 protected:
  static std::string conninfo() {
    return Postgres::instance().conninfo(Postgres::instance().migrated_database());
  }
  static PoolSettings small(std::size_t size, std::size_t depth = 8) {
    auto settings = TestPool::with(conninfo());
    settings.size = size;
    settings.depth = depth;
    return settings;
  }
  static std::int64_t number(const Expected<Rows>& rows) {
    return rows && !rows->empty() ? RowReader((*rows)[0]).next<std::int64_t>() : -1;
  }
};

TEST_F(PgPool, TypesSurviveTheRoundTrip) {
  constexpr Query kTypes{
      "test.types",
      "SELECT $1::uuid, $2::timestamptz, $3::text[], $4::bigint, $5::bool, $6::text, $7::bytea"};
  TestPool t(conninfo());
  const auto id = *Uuid::parse("018f0000-0000-7000-8000-000000000001");
  const WallTime when{std::chrono::microseconds(1'795'256'903'000'042)};
  const std::vector<std::string> texts{"a,b", "\"{}\\", "", "NULL"};
  auto params = Params::of(id, when, texts, Money::from_nanos(-5), true, std::nullopt);
  params.add_octets(std::as_bytes(std::span("\0\xff", 2)));
  const auto rows = t.run(t.pool.query(Scope::none(), kTypes, params));
  ASSERT_TRUE(rows) << rows.error().message;
  RowReader row((*rows)[0]);
  EXPECT_EQ(row.next<Uuid>(), id);
  EXPECT_EQ(row.next<WallTime>(), when);
  EXPECT_EQ(row.next<std::vector<std::string>>(), texts);
  EXPECT_EQ(row.next<Money>(), Money::from_nanos(-5));
  EXPECT_TRUE(row.next<bool>());
  EXPECT_EQ(row.next<std::optional<std::string>>(), std::nullopt);
  EXPECT_EQ(row.next<std::string>(), "\\x00ff");
  EXPECT_TRUE(row.ok());
  row.next<int>();
  EXPECT_FALSE(row.ok()) << "there is no eighth column";
}

boost::asio::awaitable<std::vector<std::int64_t>> ask_in_turn(Pool& pool, int count) {
  std::vector<std::int64_t> out;
  for (int i = 0; i < count; ++i) {
    const auto rows = co_await pool.query(Scope::operators(), kEcho, Params::of(i));
    out.push_back(rows ? RowReader((*rows)[0]).next<std::int64_t>() : -1);
  }
  co_return out;
}

TEST_F(PgPool, AnswersComeToThoseWhoAskedWhenManyShareOneConnection) {
  TestPool t(small(1));
  std::vector<std::future<std::vector<std::int64_t>>> askers;
  for (int i = 0; i < 16; ++i)
    askers.push_back(t.control.spawn(ask_in_turn(t.pool, 50)));
  for (auto& asker : askers) {
    const auto got = asker.get();
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
  }
}

TEST_F(PgPool, AnErrorInThePipelineIsItsOwnersAlone) {
  TestPool t(small(1));
  std::vector<std::future<Expected<Rows>>> answers;
  for (int i = 0; i < 12; ++i)
    answers.push_back(
        t.control.spawn(t.pool.query(Scope::operators(), i % 3 == 1 ? kFail : kEcho, Params::of(0))));
  for (int i = 0; i < 12; ++i) {
    const auto rows = answers[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(rows.has_value(), i % 3 != 1) << i;
    if (!rows) {
      EXPECT_EQ(rows.error().sqlstate, "22012");
      EXPECT_EQ(rows.error().kind, ErrorKind::InvalidInput);
    }
  }
}

TEST_F(PgPool, BatchIsAllOrNothing) {
  constexpr Query kMake{"test.batch_make", "INSERT INTO routing.partitions (name) VALUES ($1)"};
  constexpr Query kCount{"test.batch_count",
                         "SELECT count(*) FROM routing.partitions WHERE name LIKE 'batch %'"};
  TestPool t(conninfo());
  std::vector<Statement> good;
  good.push_back({&kMake, Params::of("batch a")});
  good.push_back({&kCount, {}});
  const auto done = t.run(t.pool.batch(Scope::operators(), std::move(good)));
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->size(), 2u);
  EXPECT_EQ(RowReader((*done)[1][0]).next<int>(), 1);

  std::vector<Statement> bad;
  bad.push_back({&kMake, Params::of("batch b")});
  bad.push_back({&kMake, Params::of("batch a")});
  const auto failed = t.run(t.pool.batch(Scope::operators(), std::move(bad)));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::UniqueViolation);
  EXPECT_EQ(failed.error().constraint, "partitions_name_key");
  EXPECT_EQ(number(t.run(t.pool.query(Scope::operators(), kCount, {}))), 1);
}

TEST_F(PgPool, ASlowQueryEndsAtTheServerAndTheConnectionStays) {
  TestPool t(small(1));
  const auto before = number(t.run(t.pool.query(Scope::none(), kBackend, {})));
  const auto began = std::chrono::steady_clock::now();
  const auto slow = t.run(t.pool.query(Scope::none(), kSleep, Params::of(30)));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().kind, ErrorKind::Timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_EQ(number(t.run(t.pool.query(Scope::none(), kBackend, {}))), before);
}

TEST_F(PgPool, AServerThatDoesNotReactLosesTheConnection) {
  auto settings = small(1);
  settings.grace = 50ms;
  TestPool t(settings);
  const auto pid = number(t.run(t.pool.query(Scope::none(), kBackend, {})));
  ASSERT_GT(pid, 0);
  // A stopped backend cannot keep its own time.
  kill(static_cast<pid_t>(pid), SIGSTOP);
  const auto answer = t.run(t.pool.query(Scope::none(), kSleep, Params::of(0)));
  kill(static_cast<pid_t>(pid), SIGCONT);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::Timeout);
  const auto next = number(t.run(t.pool.query(Scope::none(), kBackend, {})));
  EXPECT_GT(next, 0);
  EXPECT_NE(next, pid);
}

TEST_F(PgPool, WaitingForAConnectionEnds) {
  auto settings = small(1);
  settings.acquire_timeout = 50ms;
  TestPool t(settings);
  auto held = t.run(t.pool.begin(Scope::none()));
  ASSERT_TRUE(held);
  const auto starved = t.run(t.pool.query(Scope::none(), kBackend, {}));
  ASSERT_FALSE(starved);
  EXPECT_EQ(starved.error().kind, ErrorKind::PoolExhausted);
  { const auto gone = std::move(*held); }
  EXPECT_GT(number(t.run(t.pool.query(Scope::none(), kBackend, {}))), 0);
}

TEST_F(PgPool, TheQueueOfCallersHasAnEnd) {
  auto settings = small(1);
  settings.queue = 2;
  TestPool t(settings);
  auto held = t.run(t.pool.begin(Scope::none()));
  ASSERT_TRUE(held);
  std::vector<std::future<Expected<Rows>>> waiting;
  for (int i = 0; i < 2; ++i)
    waiting.push_back(t.control.spawn(t.pool.query(Scope::none(), kBackend, {})));
  const auto refused = t.run(t.pool.query(Scope::none(), kBackend, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::PoolExhausted);
  { const auto gone = std::move(*held); }
  for (auto& one : waiting)
    EXPECT_TRUE(one.get());
}

boost::asio::awaitable<Expected<void>> two_steps(Pool& pool, std::string name, bool commit) {
  constexpr Query kMake{"test.tx_make", "INSERT INTO routing.partitions (name) VALUES ($1)"};
  auto tx = co_await pool.begin(Scope::operators());
  if (!tx) co_return tx.error();
  auto params = Params::of(name + " 1");
  const auto first = co_await tx->query(kMake, params);
  if (!first) co_return first.error();
  params = Params::of(name + " 2");
  const auto second = co_await tx->query(kMake, params);
  if (!second) co_return second.error();
  if (!commit) co_return Expected<void>();
  co_return co_await tx->commit();
}

TEST_F(PgPool, ATransactionThatIsNotCommittedLeavesNothing) {
  constexpr Query kCount{"test.tx_count", "SELECT count(*) FROM routing.partitions WHERE name LIKE $1"};
  TestPool t(small(1));
  EXPECT_TRUE(t.run(two_steps(t.pool, "left", false)));
  EXPECT_EQ(number(t.run(t.pool.query(Scope::operators(), kCount, Params::of("left%")))), 0);
  EXPECT_TRUE(t.run(two_steps(t.pool, "kept", true)));
  EXPECT_EQ(number(t.run(t.pool.query(Scope::operators(), kCount, Params::of("kept%")))), 2);
  EXPECT_FALSE(t.run(two_steps(t.pool, "kept", true))) << "names are unique";
  EXPECT_EQ(number(t.run(t.pool.query(Scope::operators(), kCount, Params::of("kept%")))), 2);
}

TEST_F(PgPool, RoleAndTenantEndWithTheirTransaction) {
  TestPool t(small(1));
  const auto customer = *CustomerId::parse("018f0000-0000-7000-8000-0000000000aa");
  const auto role = [&](Scope scope) {
    const auto rows = t.run(t.pool.query(std::move(scope), kRole, {}));
    if (!rows) return rows.error().message;
    RowReader row((*rows)[0]);
    const auto user = row.next<std::string>();
    return user + "/" + row.next<std::optional<std::string>>().value_or("");
  };
  EXPECT_EQ(role(Scope::tenant(customer)), "warp_daemon/" + customer.to_string());
  EXPECT_EQ(role(Scope::none()), "warpd/");
  EXPECT_EQ(role(Scope::operators()), "warp_operator/");
  // Also when the transaction failed.
  EXPECT_FALSE(t.run(t.pool.query(Scope::tenant(customer), kFail, Params::of(0))));
  EXPECT_EQ(role(Scope::none()), "warpd/");
}

TEST_F(PgPool, ARestartedServerIsFoundAgain) {
  auto settings = small(2);
  settings.backoff_max = 200ms;
  TestPool t(settings);
  ASSERT_GT(number(t.run(t.pool.query(Scope::none(), kBackend, {}))), 0);
  auto under_way = t.control.spawn(t.pool.query(Scope::none(), kSleepLong, Params::of(15)));
  ASSERT_TRUE(t.run(t.pool.query(Scope::none(), kBackend, {})));
  Postgres::instance().stop();
  const auto cut = under_way.get();
  const auto away = t.run(t.pool.query(Scope::none(), kBackend, {}));
  EXPECT_FALSE(t.pool.healthy());
  Postgres::instance().start();
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().kind, ::testing::AnyOf(ErrorKind::Unavailable, ErrorKind::ConnectionLost));
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().kind, ErrorKind::Unavailable);
  // Waits for the reconnection, within the acquire timeout.
  EXPECT_GT(number(t.run(t.pool.query(Scope::none(), kBackend, {}))), 0);
  EXPECT_TRUE(t.pool.healthy());
}

TEST_F(PgPool, AChangedTableDoesNotBreakPreparedQueries) {
  constexpr Query kAll{"test.changed", "SELECT * FROM public.changing"};
  auto& postgres = Postgres::instance();
  const auto database = postgres.create_database();
  postgres.run(database, "CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)");
  TestPool t(postgres.superuser(database));
  ASSERT_TRUE(t.run(t.pool.query(Scope::none(), kAll, {})));
  postgres.run(database, "ALTER TABLE changing ADD COLUMN b int");
  const auto rows = t.run(t.pool.query(Scope::none(), kAll, {}));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ((*rows)[0].columns(), 2u);
}

struct Copied {
  Expected<std::uint64_t> in = Error{}, out = Error{};
  std::uint64_t rows = 0, octets = 0;
};

boost::asio::awaitable<Copied> copy_both_ways(Pool& pool, int lines, bool break_a_line) {
  Copied copied;
  constexpr Query kTable{"test.copy_table", "CREATE TEMPORARY TABLE copied (n int, t text) ON COMMIT DROP"};
  auto tx = co_await pool.begin(Scope::operators());
  if (!tx) co_return copied;
  const auto table = co_await tx->query(kTable, Params());
  if (!table) co_return copied;
  int next = 0;
  Transaction::Producer produce = [&](std::string& buffer) {
    for (int i = 0; i < 1000 && next < lines; ++i, ++next)
      buffer += (break_a_line && next == lines / 2 ? "x" : std::to_string(next)) + "\tline\n";
    return next < lines;
  };
  copied.in = co_await tx->copy_in("test.copy_in", "COPY copied FROM STDIN", std::move(produce), 30s);
  Transaction::Consumer consume = [&](std::span<const std::byte> row) {
    ++copied.rows;
    copied.octets += row.size();
    return true;
  };
  copied.out = co_await tx->copy_out("test.copy_out", "COPY copied TO STDOUT", std::move(consume), 30s);
  co_return copied;
}

TEST_F(PgPool, CopiesInAndOut) {
  TestPool t(small(1));
  const auto copied = t.run(copy_both_ways(t.pool, 200'000, false));
  ASSERT_TRUE(copied.in) << copied.in.error().message;
  EXPECT_EQ(*copied.in, 200'000u);
  ASSERT_TRUE(copied.out) << copied.out.error().message;
  EXPECT_EQ(*copied.out, 200'000u);
  EXPECT_EQ(copied.rows, 200'000u);
  EXPECT_EQ(number(t.run(t.pool.query(Scope::operators(), kEcho, Params::of(7)))), 7);
}

TEST_F(PgPool, ABrokenLineFailsTheCopyAndNotTheConnection) {
  TestPool t(small(1));
  const auto before = number(t.run(t.pool.query(Scope::none(), kBackend, {})));
  const auto copied = t.run(copy_both_ways(t.pool, 50'000, true));
  ASSERT_FALSE(copied.in);
  EXPECT_EQ(copied.in.error().kind, ErrorKind::InvalidInput);
  EXPECT_FALSE(copied.out);
  EXPECT_EQ(number(t.run(t.pool.query(Scope::none(), kBackend, {}))), before);
}

TEST_F(PgPool, MetricsAreKeptByQuery) {
  TestPool t(conninfo());
  ASSERT_TRUE(t.run(t.pool.query(Scope::none(), kEcho, Params::of(1))));
  ASSERT_FALSE(t.run(t.pool.query(Scope::none(), kFail, Params::of(0))));
  const auto text = t.metrics.expose();
  EXPECT_THAT(text, ::testing::HasSubstr("warp_pg_queries_total{query=\"test.echo\",outcome=\"ok\"} 1"));
  EXPECT_THAT(text,
              ::testing::HasSubstr("warp_pg_queries_total{query=\"test.fail\",outcome=\"invalid_input\"} 1"));
}

TEST_F(PgPool, AClosedPoolRefuses) {
  TestPool t(conninfo());
  ASSERT_TRUE(t.run(t.pool.query(Scope::none(), kEcho, Params::of(1))));
  const auto close = [](Pool& pool) -> boost::asio::awaitable<bool> {
    co_await pool.close();
    co_return true;
  };
  EXPECT_TRUE(t.run(close(t.pool)));
  const auto refused = t.run(t.pool.query(Scope::none(), kEcho, Params::of(1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Cancelled);
}

}  // namespace
}  // namespace warp::pg
