#include "warp/pg/pool.h"

#include <utility>

#include "joint_state.h"
#include "pool_impl.h"

namespace warp::pg {

namespace asio = boost::asio;

namespace {

constexpr Query kScope{"warp.scope",
                       "SELECT set_config('role', $1, true), set_config('warp.customer_id', $2, true), "
                       "set_config('statement_timeout', $3, true), set_config('warp.actor', $4, true), "
                       "set_config('warp.request_id', $5, true), set_config('warp.ip', $6, true), "
                       "set_config('warp.user_agent', $7, true)"};

std::string_view role_of(const PoolSettings& settings, Scope::Kind kind) {
  switch (kind) {
    case Scope::Kind::None:
      return "none";
    case Scope::Kind::Tenant:
      return settings.tenant_role;
    case Scope::Kind::Operator:
      return settings.operator_role;
  }
  return "none";
}

}  // namespace

Command scope_command(const PoolSettings& settings, const Scope& scope, std::chrono::milliseconds timeout) {
  const bool tenant = scope.kind() == Scope::Kind::Tenant;
  return {kScope.name, kScope.sql,
          Params::of(role_of(settings, scope.kind()), tenant ? scope.customer().to_string() : std::string(),
                     timeout.count(), scope.actor(), scope.request_id(), scope.ip(), scope.user_agent()),
          false};
}

Pool::Pool(asio::any_io_executor executor, PoolSettings settings, metrics::Registry& metrics,
           log::Logger& log)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings), metrics, log)) {}

Pool::~Pool() {
  asio::post(impl_->strand, [impl = impl_] { impl->stop(); });
}

void Pool::start() {
  asio::post(impl_->strand, [impl = impl_] { impl->grow(); });
}
asio::awaitable<void> Pool::close() {
  return impl_->close();
}
bool Pool::healthy() const {
  return impl_->healthy.load(std::memory_order_relaxed);
}

asio::awaitable<Expected<Rows>> Pool::query(Scope scope, const Query& query, Params params) {
  const auto impl = impl_;
  if (const auto joint = scope.joint()) {
    const auto state = joint->impl_->state;
    JointState::Work work;
    work.scope = std::move(scope).within(nullptr);
    work.timeout = query.timeout;
    work.label = query.name;
    work.commands.push_back({query.name, query.sql, std::move(params), true});
    auto answer = co_await state->ask(std::move(work));
    if (!answer) co_return std::move(answer).error();
    co_return std::move(answer->front());
  }
  std::vector<Command> commands;
  commands.reserve(2);
  commands.push_back(scope_command(impl->settings, scope, query.timeout));
  commands.push_back({query.name, query.sql, std::move(params), true});
  auto answer = co_await impl->run(std::move(commands), query.timeout, query.name);
  if (!answer) co_return std::move(answer).error();
  co_return std::move(answer->front());
}

asio::awaitable<Expected<std::vector<Rows>>> Pool::batch(Scope scope, std::vector<Statement> statements) {
  const auto impl = impl_;
  if (statements.empty()) co_return std::vector<Rows>{};
  std::chrono::milliseconds longest{0}, all{0};
  for (const auto& statement : statements) {
    longest = std::max(longest, statement.query->timeout);
    all += statement.query->timeout;
  }
  const auto label = statements.front().query->name;
  if (const auto joint = scope.joint()) {
    const auto state = joint->impl_->state;
    JointState::Work work;
    work.scope = std::move(scope).within(nullptr);
    work.timeout = longest;
    work.whole = all;
    work.label = label;
    for (auto& statement : statements)
      work.commands.push_back(
          {statement.query->name, statement.query->sql, std::move(statement.params), true});
    co_return co_await state->ask(std::move(work));
  }
  std::vector<Command> commands;
  commands.push_back(scope_command(impl->settings, scope, longest));
  for (auto& statement : statements)
    commands.push_back({statement.query->name, statement.query->sql, std::move(statement.params), true});
  co_return co_await impl->run(std::move(commands), all, label);
}

}  // namespace warp::pg
