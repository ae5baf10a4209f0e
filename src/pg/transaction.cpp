#include <utility>

#include <libpq-fe.h>

#include "joint_state.h"
#include "pool_impl.h"

namespace warp::pg {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kEndTimeout{5000};
constexpr Query kCommit{"warp.commit", "COMMIT", kEndTimeout};
constexpr Query kRollback{"warp.rollback", "ROLLBACK", kEndTimeout};
constexpr Query kTimeout{"warp.timeout", "SELECT set_config('statement_timeout', $1, true)"};

Query begin_query(TransactionOptions options) {
  switch (options.isolation) {
    case Isolation::ReadCommitted:
      return options.read_only ? Query{"warp.begin.ro", "BEGIN READ ONLY"} : Query{"warp.begin", "BEGIN"};
    case Isolation::RepeatableRead:
      return options.read_only ? Query{"warp.begin.rr.ro", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
                               : Query{"warp.begin.rr", "BEGIN ISOLATION LEVEL REPEATABLE READ"};
    case Isolation::Serializable:
      return options.read_only ? Query{"warp.begin.sr.ro", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"}
                               : Query{"warp.begin.sr", "BEGIN ISOLATION LEVEL SERIALIZABLE"};
  }
  return {"warp.begin", "BEGIN"};
}

Error no_copy() {
  return {ErrorKind::InvalidInput, {}, "no COPY within a joint transaction", {}};
}

}  // namespace

struct Transaction::Impl {
  std::shared_ptr<Pool::Impl> pool;
  std::shared_ptr<Connection> connection;
  Scope scope;
  TransactionOptions options;
  bool begun = false, ended = false;
  std::optional<Error> failed;
  std::chrono::milliseconds limit{0};  // statement_timeout in force
  // Of a part of a joint transaction, which then has the connection.
  std::shared_ptr<JointState> joint;

  Impl(std::shared_ptr<Pool::Impl> p, std::shared_ptr<Connection> c, Scope s, TransactionOptions o)
      : pool(std::move(p)), connection(std::move(c)), scope(std::move(s)), options(o) {}
  Impl(std::shared_ptr<JointState> whole, Scope s) : scope(std::move(s)), joint(std::move(whole)) {}
  ~Impl();

  asio::awaitable<Expected<Rows>> query_within(const Query& query, Params params);
  asio::awaitable<Expected<void>> end_within(bool hold);
  std::vector<Command> preamble(std::chrono::milliseconds timeout);
  asio::awaitable<Answer> send(std::vector<Command> commands, std::chrono::milliseconds timeout,
                               std::string_view label);
  asio::awaitable<std::optional<Error>> prepare_copy(std::chrono::milliseconds timeout);
  Expected<std::uint64_t> copied(std::string_view label, Monotonic began, Expected<std::uint64_t> outcome);
};

// What was begun and not ended is rolled back before anybody else gets the connection.
Transaction::Impl::~Impl() {
  if (ended) return;
  if (joint) {
    if (!begun || failed) return;
    JointState::Work work;
    work.kind = JointState::Kind::Undo;
    joint->tell(std::move(work));
    return;
  }
  asio::post(pool->strand, [pool = pool, connection = connection, begun = begun] {
    if (!begun || !connection->alive()) return pool->release(connection);
    Segment segment;
    segment.commands.push_back({kRollback.name, kRollback.sql, {}});
    segment.deadline = std::chrono::steady_clock::now() + kEndTimeout;
    segment.done = [pool, connection](Segment&, Answer answer) {
      if (answer.has_error()) connection->retire = true;
      pool->release(connection);
    };
    connection->send(std::move(segment));
  });
}

std::vector<Command> Transaction::Impl::preamble(std::chrono::milliseconds timeout) {
  std::vector<Command> commands;
  if (!begun) {
    const auto begin = begin_query(options);
    commands.push_back({begin.name, begin.sql, {}, false});
    commands.push_back(scope_command(pool->settings, scope, timeout));
    begun = true;
  } else if (timeout != limit) {
    commands.push_back({kTimeout.name, kTimeout.sql, Params::of(timeout.count()), false});
  }
  limit = timeout;
  return commands;
}

asio::awaitable<Answer> Transaction::Impl::send(std::vector<Command> commands,
                                                std::chrono::milliseconds timeout, std::string_view label) {
  const auto began = std::chrono::steady_clock::now();
  auto start = [pool = pool, connection = connection, commands = std::move(commands), timeout, label,
                began](std::shared_ptr<net::Completion<Answer>> waiter) mutable {
    Segment segment;
    segment.commands = std::move(commands);
    segment.deadline = began + timeout + pool->settings.grace;
    segment.done = [pool, waiter = std::move(waiter), label, began](Segment&, Answer answer) {
      pool->metrics.ended(label, began, kind_of(answer));
      waiter->complete(std::move(answer));
    };
    asio::post(pool->strand, [connection, segment = std::move(segment)]() mutable {
      connection->send(std::move(segment));
    });
  };
  auto answer = co_await net::suspend<Answer>(std::move(start));
  if (answer.has_error() && !failed) failed = answer.error();
  co_return answer;
}

// What fails undoes this part of the joint transaction, at once.
asio::awaitable<Expected<Rows>> Transaction::Impl::query_within(const Query& query, Params params) {
  if (failed) co_return *failed;
  JointState::Work work;
  work.kind = std::exchange(begun, true) ? JointState::Kind::Within : JointState::Kind::Open;
  work.scope = scope;
  work.timeout = query.timeout;
  work.label = query.name;
  work.commands.push_back({query.name, query.sql, std::move(params), true});
  auto answer = co_await joint->ask(std::move(work));
  if (!answer) {
    failed = answer.error();
    co_return std::move(answer).error();
  }
  co_return std::move(answer->front());
}

asio::awaitable<Expected<void>> Transaction::Impl::end_within(bool hold) {
  if (std::exchange(ended, true)) co_return Expected<void>();
  if (failed) co_return *failed;
  if (!begun) co_return Expected<void>();
  JointState::Work work;
  work.kind = hold ? JointState::Kind::Release : JointState::Kind::Undo;
  auto answer = co_await joint->ask(std::move(work));
  if (answer.has_error()) co_return std::move(answer).error();
  co_return Expected<void>();
}

Transaction::Transaction(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transaction::Transaction() = default;
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

asio::awaitable<Expected<Rows>> Transaction::query(const Query& query, Params params) {
  if (impl_->joint) co_return co_await impl_->query_within(query, std::move(params));
  auto commands = impl_->preamble(query.timeout);
  commands.push_back({query.name, query.sql, std::move(params), true});
  auto answer = co_await impl_->send(std::move(commands), query.timeout, query.name);
  if (!answer) co_return std::move(answer).error();
  co_return std::move(answer->front());
}

asio::awaitable<std::optional<Error>> Transaction::Impl::prepare_copy(std::chrono::milliseconds timeout) {
  auto commands = preamble(timeout);
  if (commands.empty()) co_return std::nullopt;
  const auto answer = co_await send(std::move(commands), timeout, "warp.begin");
  if (!answer) co_return answer.error();
  co_return std::nullopt;
}

Expected<std::uint64_t> Transaction::Impl::copied(std::string_view label, Monotonic began,
                                                  Expected<std::uint64_t> outcome) {
  asio::post(pool->strand, [pool = pool, label = std::string(label), began, kind = kind_of(outcome)] {
    pool->metrics.ended(label, began, kind);
  });
  if (outcome.has_error() && !failed) failed = outcome.error();
  return outcome;
}

asio::awaitable<Expected<std::uint64_t>> Transaction::copy_in(std::string_view name, std::string sql,
                                                              Producer produce,
                                                              std::chrono::milliseconds timeout) {
  if (impl_->joint) co_return no_copy();
  const auto began = std::chrono::steady_clock::now();
  if (auto error = co_await impl_->prepare_copy(timeout)) co_return std::move(*error);
  auto copy =
      impl_->connection->copy_in(std::move(sql), std::move(produce), timeout + impl_->pool->settings.grace);
  auto outcome = co_await asio::co_spawn(impl_->pool->strand, std::move(copy), asio::use_awaitable);
  co_return impl_->copied(name, began, std::move(outcome));
}

asio::awaitable<Expected<std::uint64_t>> Transaction::copy_out(std::string_view name, std::string sql,
                                                               Consumer consume,
                                                               std::chrono::milliseconds timeout) {
  if (impl_->joint) co_return no_copy();
  const auto began = std::chrono::steady_clock::now();
  if (auto error = co_await impl_->prepare_copy(timeout)) co_return std::move(*error);
  auto copy =
      impl_->connection->copy_out(std::move(sql), std::move(consume), timeout + impl_->pool->settings.grace);
  auto outcome = co_await asio::co_spawn(impl_->pool->strand, std::move(copy), asio::use_awaitable);
  co_return impl_->copied(name, began, std::move(outcome));
}

asio::awaitable<Expected<void>> Transaction::commit() {
  if (impl_->joint) co_return co_await impl_->end_within(true);
  if (impl_->failed || !impl_->begun) {
    auto failed = impl_->failed;
    co_await rollback();
    if (failed) co_return std::move(*failed);
    co_return Expected<void>();
  }
  std::vector<Command> commands;
  commands.push_back({kCommit.name, kCommit.sql, {}});
  auto answer = co_await impl_->send(std::move(commands), kCommit.timeout, kCommit.name);
  if (!answer) {
    co_await rollback();
    co_return std::move(answer).error();
  }
  impl_->ended = true;
  asio::post(impl_->pool->strand,
             [pool = impl_->pool, connection = impl_->connection] { pool->release(connection); });
  // A transaction that failed unseen answers COMMIT with ROLLBACK.
  if (std::string_view(PQcmdStatus(const_cast<pg_result*>(answer->front().raw()))) != "COMMIT")
    co_return Error{ErrorKind::Server, {}, "the transaction was rolled back", {}};
  co_return Expected<void>();
}

asio::awaitable<void> Transaction::rollback() {
  if (impl_->joint) {
    const auto undone = co_await impl_->end_within(false);
    if (undone.has_error()) co_return;  // it is undone, or the whole is
    co_return;
  }
  if (!impl_->ended && impl_->begun && impl_->connection->alive()) {
    std::vector<Command> commands;
    commands.push_back({kRollback.name, kRollback.sql, {}});
    const auto answer = co_await impl_->send(std::move(commands), kRollback.timeout, kRollback.name);
    if (answer.has_error()) co_return;  // the destructor sees to it
  }
  if (std::exchange(impl_->ended, true)) co_return;
  asio::post(impl_->pool->strand,
             [pool = impl_->pool, connection = impl_->connection] { pool->release(connection); });
}

asio::awaitable<Expected<Transaction>> Pool::begin(Scope scope, TransactionOptions options) {
  const auto impl = impl_;
  if (const auto joint = scope.joint()) {
    if (options.isolation != Isolation::ReadCommitted)
      co_return Error{ErrorKind::InvalidInput, {}, "a joint transaction is READ COMMITTED", {}};
    co_return Transaction(
        std::make_unique<Transaction::Impl>(joint->impl_->state, std::move(scope).within(nullptr)));
  }
  auto granted = co_await impl->acquire();
  if (!granted) co_return std::move(granted).error();
  co_return Transaction(
      std::make_unique<Transaction::Impl>(impl, std::move(*granted), std::move(scope), options));
}

}  // namespace warp::pg
