#include "warp/net/task_group.h"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace warp::net {
namespace asio = boost::asio;
namespace {

using Strand = asio::strand<asio::any_io_executor>;

// The signal belongs to the task's strand; shared by the list, the completion handler and a cancellation
// under way.
struct Task {
  Task(std::string n, const asio::any_io_executor& executor) : name(std::move(n)), strand(executor) {}
  std::string name;
  Strand strand;
  asio::cancellation_signal signal;
};

// Wakes one join(); the timer belongs to the strand.
struct Joiner {
  explicit Joiner(const asio::any_io_executor& executor) : strand(executor), timer(strand) {}
  Strand strand;
  asio::steady_timer timer;
};

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

struct TaskGroup::State {
  asio::any_io_executor executor;
  ExceptionHandler on_exception;

  mutable std::mutex mutex;  // guards the rest
  mutable std::condition_variable ended;
  std::list<std::shared_ptr<Task>> tasks;
  std::vector<std::shared_ptr<Joiner>> joiners;
  bool closed = false, cancelled = false;

  void finish(std::list<std::shared_ptr<Task>>::iterator place, const std::exception_ptr& error) {
    if (error && !(is_cancelled() && is_cancellation(error))) on_exception((*place)->name, error);
    std::vector<std::shared_ptr<Joiner>> wake;
    {
      const std::lock_guard lock(mutex);
      tasks.erase(place);
      if (!tasks.empty()) return;
      wake.swap(joiners);
      ended.notify_all();
    }
    for (auto& joiner : wake)
      asio::post(joiner->strand, [joiner] {
        // Not cancel(): the wait may not have begun yet.
        joiner->timer.expires_at(asio::steady_timer::time_point::min());
      });
  }

  bool is_cancelled() const {
    const std::lock_guard lock(mutex);
    return cancelled;
  }
};

TaskGroup::TaskGroup(asio::any_io_executor executor, ExceptionHandler on_exception)
    : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->on_exception = std::move(on_exception);
}

TaskGroup::~TaskGroup() {
  cancel();
  std::unique_lock lock(state_->mutex);
  state_->ended.wait(lock, [&] { return state_->tasks.empty(); });
}

bool TaskGroup::spawn(std::string name, asio::awaitable<void> body) {
  auto task = std::make_shared<Task>(std::move(name), state_->executor);
  const std::lock_guard lock(state_->mutex);
  if (state_->closed) return false;
  const auto place = state_->tasks.insert(state_->tasks.end(), task);
  // Begun on the strand and posted under the lock, so that no cancellation comes before the slot is filled.
  asio::post(task->strand, [state = state_, task, place, body = std::move(body)]() mutable {
    auto done = [state, task, place](const std::exception_ptr& error) { state->finish(place, error); };
    asio::co_spawn(task->strand, std::move(body),
                   asio::bind_cancellation_slot(task->signal.slot(), std::move(done)));
  });
  return true;
}

void TaskGroup::close() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
}

void TaskGroup::cancel() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = state_->cancelled = true;
  for (auto& task : state_->tasks)
    asio::post(task->strand, [task] { task->signal.emit(asio::cancellation_type::terminal); });
}

std::size_t TaskGroup::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tasks.size();
}

std::vector<std::string> TaskGroup::names() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> result;
  for (const auto& task : state_->tasks)
    result.push_back(task->name);
  return result;
}

bool TaskGroup::wait(std::chrono::milliseconds limit) const {
  std::unique_lock lock(state_->mutex);
  return state_->ended.wait_for(lock, limit, [&] { return state_->tasks.empty(); });
}

namespace {

asio::awaitable<void> sleep_on(std::shared_ptr<Joiner> joiner) {
  co_await joiner->timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

asio::awaitable<bool> TaskGroup::join(std::chrono::milliseconds limit) {
  const auto state = state_;
  auto joiner = std::make_shared<Joiner>(state->executor);
  joiner->timer.expires_after(limit);
  {
    const std::lock_guard lock(state->mutex);
    if (state->tasks.empty()) co_return true;
    state->joiners.push_back(joiner);
  }
  co_await asio::co_spawn(joiner->strand, sleep_on(joiner), asio::use_awaitable);
  const std::lock_guard lock(state->mutex);
  std::erase(state->joiners, joiner);
  co_return state->tasks.empty();
}

}  // namespace warp::net
