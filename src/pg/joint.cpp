#include "warp/pg/joint.h"

#include <algorithm>
#include <utility>

#include <libpq-fe.h>

#include "joint_state.h"

namespace warp::pg {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kJointEndTimeout{5000};
// Names may repeat: the newest of a name is meant, and they end in the order of a stack.
constexpr Query kJointBegin{"warp.begin", "BEGIN"};
constexpr Query kJointCommit{"warp.commit", "COMMIT"};
constexpr Query kJointRollback{"warp.rollback", "ROLLBACK"};
constexpr Query kStep{"warp.joint.step", "SAVEPOINT warp_step"};
constexpr Query kStepDone{"warp.joint.step_done", "RELEASE SAVEPOINT warp_step"};
constexpr Query kStepUndone{"warp.joint.step_undone", "ROLLBACK TO SAVEPOINT warp_step"};
constexpr Query kPart{"warp.joint.part", "SAVEPOINT warp_part"};
constexpr Query kPartDone{"warp.joint.part_done", "RELEASE SAVEPOINT warp_part"};
constexpr Query kPartUndone{"warp.joint.part_undone", "ROLLBACK TO SAVEPOINT warp_part"};

Command command(const Query& text, bool wanted = false) {
  return {text.name, text.sql, {}, wanted};
}

Error closed() {
  return {ErrorKind::Cancelled, {}, "the joint transaction has ended", {}};
}

bool is_ending(JointState::Kind kind) {
  return kind == JointState::Kind::Commit || kind == JointState::Kind::Rollback;
}

}  // namespace

JointState::JointState(std::shared_ptr<Pool::Impl> of, std::shared_ptr<Connection> held,
                       std::chrono::milliseconds longest)
    : pool(std::move(of)), connection(std::move(held)), limit(longest), timer(pool->strand) {}

void JointState::start() {
  asio::post(pool->strand, [self = shared_from_this()] {
    self->timer.expires_after(self->limit);
    self->timer.async_wait([weak = self->weak_from_this()](boost::system::error_code error) {
      if (error) return;
      if (const auto alive = weak.lock()) alive->expired();
    });
  });
}

asio::awaitable<Answer> JointState::ask(Work work) {
  work.began = std::chrono::steady_clock::now();
  auto start = [self = shared_from_this(),
                work = std::move(work)](std::shared_ptr<net::Completion<Answer>> waiter) mutable {
    work.waiter = std::move(waiter);
    self->tell(std::move(work));
  };
  return net::suspend<Answer>(std::move(start));
}

void JointState::tell(Work work) {
  asio::post(pool->strand, [self = shared_from_this(), work = std::move(work)]() mutable {
    self->waiting.push_back(std::move(work));
    self->pump();
  });
}

void JointState::pump() {
  while (!busy && !waiting.empty()) {
    auto work = std::move(waiting.front());
    waiting.pop_front();
    begin_work(std::move(work));
  }
}

void JointState::finish(Work& work, Answer answer) {
  if (!work.label.empty()) pool->metrics.ended(work.label, work.began, kind_of(answer));
  if (work.waiter) std::exchange(work.waiter, nullptr)->complete(std::move(answer));
}

void JointState::begin_work(Work work) {
  if (work.kind == Kind::Rollback && (released || broken)) {
    broken = broken ? broken : closed();
    let_go();
    return finish(work, std::vector<Rows>{});
  }
  if (broken || released) return finish(work, broken ? *broken : closed());
  if (!begun && (is_ending(work.kind) || work.kind == Kind::Release || work.kind == Kind::Undo)) {
    if (is_ending(work.kind)) {
      broken = closed();
      let_go();
    }
    return finish(work, std::vector<Rows>{});
  }
  busy = true;
  auto shared = std::make_shared<Work>(std::move(work));
  if (is_ending(shared->kind)) return end(std::move(shared));
  Segment segment;
  auto& out = segment.commands;
  if (!begun) out.push_back(command(kJointBegin));
  switch (shared->kind) {
    case Kind::Statement:
      out.push_back(command(kStep));
      break;
    case Kind::Open:
      out.push_back(command(kPart));
      break;
    case Kind::Release:
      out.push_back(command(kPartDone));
      break;
    case Kind::Undo:
      out.push_back(command(kPartUndone));
      out.push_back(command(kPartDone));
      break;
    case Kind::Within:
    case Kind::Commit:
    case Kind::Rollback:
      break;
  }
  begun = true;
  if (shared->scope) out.push_back(scope_command(pool->settings, *shared->scope, shared->timeout));
  for (auto& one : shared->commands)
    out.push_back(std::move(one));
  if (shared->kind == Kind::Statement) out.push_back(command(kStepDone));
  segment.deadline =
      std::chrono::steady_clock::now() + std::max(shared->timeout, shared->whole) + pool->settings.grace;
  segment.done = [self = shared_from_this(), shared](Segment&, Answer answer) {
    self->worked(shared, std::move(answer));
  };
  connection->send(std::move(segment));
}

void JointState::worked(std::shared_ptr<Work> work, Answer answer) {
  if (answer.has_error()) {
    if (connection->alive()) return undo(std::move(work), std::move(answer).error());
    broken = answer.error();
  }
  busy = false;
  finish(*work, std::move(answer));
  if (broken) fail_all(*broken);
  pump();
}

// The failed statement, or the nested transaction that it was part of, never was; the rest stands.
void JointState::undo(std::shared_ptr<Work> work, Error error) {
  Segment segment;
  const bool step = work->kind == Kind::Statement;
  segment.commands.push_back(command(step ? kStepUndone : kPartUndone));
  segment.commands.push_back(command(step ? kStepDone : kPartDone));
  segment.deadline = std::chrono::steady_clock::now() + kJointEndTimeout;
  segment.done = [self = shared_from_this(), work = std::move(work), error = std::move(error)](
                     Segment&, Answer answer) mutable {
    // Not even that could be undone, such as after a failed BEGIN: nothing of the whole can hold.
    if (answer.has_error()) self->broken = error;
    self->busy = false;
    self->finish(*work, std::move(error));
    if (self->broken) self->fail_all(*self->broken);
    self->pump();
  };
  connection->send(std::move(segment));
}

void JointState::end(std::shared_ptr<Work> work) {
  const bool commit = work->kind == Kind::Commit;
  Segment segment;
  segment.commands.push_back(command(commit ? kJointCommit : kJointRollback, true));
  segment.deadline = std::chrono::steady_clock::now() + kJointEndTimeout;
  segment.done = [self = shared_from_this(), work = std::move(work), commit](Segment&, Answer answer) {
    self->busy = false;
    self->broken = closed();
    self->let_go();
    if (answer.has_error() && answer.error().sqlstate.empty())
      answer = Error{ErrorKind::ConnectionLost, {}, "the end of the transaction was not heard of", {}};
    // A transaction that failed unseen answers COMMIT with ROLLBACK.
    if (commit && answer &&
        std::string_view(PQcmdStatus(const_cast<pg_result*>(answer->front().raw()))) != "COMMIT")
      answer = Error{ErrorKind::Server, {}, "the transaction was rolled back", {}};
    self->finish(*work, std::move(answer));
    self->pump();
  };
  connection->send(std::move(segment));
}

void JointState::expired() {
  if (released) return;
  Error error{ErrorKind::Timeout, {}, "the joint transaction took too long", {}};
  broken = error;
  fail_all(std::move(error));
}

// Whoever waits is told; the connection goes back as soon as nothing is under way on it.
void JointState::fail_all(Error error) {
  for (auto& work : std::exchange(waiting, {}))
    finish(work, error);
  if (!busy) let_go();
}

void JointState::let_go() {
  if (std::exchange(released, true)) return;
  timer.cancel();
  const auto in_transaction = begun && connection->alive() && broken && broken->kind != ErrorKind::Cancelled;
  if (!in_transaction) return pool->release(connection);
  Segment segment;
  segment.commands.push_back(command(kJointRollback));
  segment.deadline = std::chrono::steady_clock::now() + kJointEndTimeout;
  segment.done = [pool = pool, connection = connection](Segment&, Answer answer) {
    if (answer.has_error()) connection->retire = true;
    pool->release(connection);
  };
  connection->send(std::move(segment));
}

Joint::Joint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Joint::~Joint() {
  JointState::Work work;
  work.kind = JointState::Kind::Rollback;
  impl_->state->tell(std::move(work));
}

asio::awaitable<Expected<std::shared_ptr<Joint>>> Joint::begin(Pool& pool, Scope,
                                                               std::chrono::milliseconds longest) {
  const auto impl = pool.impl_;
  auto granted = co_await impl->acquire();
  if (!granted) co_return std::move(granted).error();
  auto state = std::make_shared<JointState>(impl, std::move(*granted), longest);
  state->start();
  co_return std::shared_ptr<Joint>(new Joint(std::make_unique<Impl>(std::move(state))));
}

asio::awaitable<Expected<void>> Joint::commit() {
  const auto state = impl_->state;
  JointState::Work work;
  work.kind = JointState::Kind::Commit;
  work.label = kJointCommit.name;
  const auto answer = co_await state->ask(std::move(work));
  if (answer.has_error()) co_return answer.error();
  co_return Expected<void>();
}

asio::awaitable<void> Joint::rollback() {
  const auto state = impl_->state;
  JointState::Work work;
  work.kind = JointState::Kind::Rollback;
  const auto answer = co_await state->ask(std::move(work));
  if (answer.has_error()) co_return;  // told to nobody: it is rolled back, or its connection is gone
}

}  // namespace warp::pg
