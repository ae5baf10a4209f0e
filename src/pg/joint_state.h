// JointState: the inside of a Joint, shared with the work under way. All of it on the pool's strand, but for
// what says otherwise.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "warp/net/completion.h"
#include "warp/pg/joint.h"

#include "pool_impl.h"

namespace warp::pg {

struct JointState : std::enable_shared_from_this<JointState> {
  enum class Kind : unsigned char {
    Statement,  // a savepoint of its own
    Open,       // a nested transaction begins with this statement
    Within,     // a statement of the nested transaction; a failure undoes all of it
    Release,    // the nested transaction holds, as far as the whole does
    Undo,       // the nested transaction never was
    Commit,
    Rollback,
  };
  struct Work {
    Kind kind = Kind::Statement;
    std::optional<Scope> scope = {};  // of Statement, Open and Within; without its joint
    std::vector<Command> commands = {};
    std::chrono::milliseconds timeout{};  // of each statement
    std::chrono::milliseconds whole{};    // of all, when it is more
    std::string label = {};
    Monotonic began{};
    std::shared_ptr<net::Completion<Answer>> waiter = {};  // null: nobody waits for the answer
  };

  JointState(std::shared_ptr<Pool::Impl> of, std::shared_ptr<Connection> held,
             std::chrono::milliseconds longest);

  // Any thread.
  boost::asio::awaitable<Answer> ask(Work work);
  void tell(Work work);  // without an answer
  void start();

  void pump();
  void begin_work(Work work);
  void worked(std::shared_ptr<Work> work, Answer answer);
  void undo(std::shared_ptr<Work> work, Error error);
  void end(std::shared_ptr<Work> work);
  void finish(Work& work, Answer answer);
  void expired();
  void fail_all(Error error);
  void let_go();

  const std::shared_ptr<Pool::Impl> pool;
  const std::shared_ptr<Connection> connection;
  const std::chrono::milliseconds limit;
  boost::asio::steady_timer timer;
  std::deque<Work> waiting;
  std::optional<Error> broken;  // what every further call is told
  bool begun = false, busy = false, released = false;
};

struct Joint::Impl {
  explicit Impl(std::shared_ptr<JointState> shared) : state(std::move(shared)) {}
  std::shared_ptr<JointState> state;
};

}  // namespace warp::pg
