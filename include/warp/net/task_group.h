// TaskGroup: the only way to start a coroutine on the control pool. A task has a name and a strand of its
// own; the group knows which ones live, cancels them all and waits for their end.
//
//   TaskGroup group(pool.get_executor(), [&](std::string_view task, std::exception_ptr e) { … log … });
//   group.spawn("listen", follow(connection));   // coroutine parameters by value
//   …
//   group.cancel();                              // no new tasks; terminal cancellation for those that run
//   group.wait(5s);                              // or co_await group.join(5s)
//
// Thread-safe. A task that ends by an exception is reported to the handler, on the task's strand, unless the
// exception is operation_aborted after cancel(). The executor must be run until the group is empty; the
// destructor cancels and waits for that without limit, so it must not run on the pool's only thread.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace warp::net {

class TaskGroup {
 public:
  using ExceptionHandler = std::function<void(std::string_view task, std::exception_ptr error)>;

  TaskGroup(boost::asio::any_io_executor executor, ExceptionHandler on_exception);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // False after cancel() or close(): the task is destroyed unrun.
  bool spawn(std::string name, boost::asio::awaitable<void> task);
  // Refuses new tasks, lets the others run: the first half of draining.
  void close();
  void cancel();

  std::size_t size() const;
  std::vector<std::string> names() const;  // of the tasks that live, in the order of their start

  // Until no task lives or `limit` has passed; true in the first case. wait() blocks its thread, which must
  // not be one that the tasks need.
  bool wait(std::chrono::milliseconds limit) const;
  boost::asio::awaitable<bool> join(std::chrono::milliseconds limit);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the completion handlers of tasks
};

}  // namespace warp::net
