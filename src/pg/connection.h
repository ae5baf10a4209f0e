// Connection: one libpq connection in pipeline mode. Segments (a few commands and a sync, hence one implicit
// transaction unless they say BEGIN) are sent as they come and answered in order.
//
// Lives on one strand. Shared between the pool, its pending waits and the transaction that holds it.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "warp/base/clock.h"
#include "warp/base/text.h"
#include "warp/pg/error.h"
#include "warp/pg/params.h"
#include "warp/pg/pool.h"
#include "warp/pg/rows.h"

#include "connector.h"

namespace warp::pg {

struct Command {
  std::string_view name, sql;  // constants of the program
  Params params;
  bool wanted = true;  // its Rows are part of the answer
};

using Answer = Expected<std::vector<Rows>>;

struct Segment {
  std::vector<Command> commands;
  Monotonic deadline{};  // then it is given up, and the connection with it when it is the one at work
  std::function<void(Segment&, Answer)> done;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Events {
    std::function<void()> on_room;       // a segment ended
    std::function<void(Error)> on_lost;  // once; the connection is of no use any more
  };
  Connection(boost::asio::any_io_executor strand, ConnectionHandle handle);
  void start(Events events);
  void send(Segment segment);
  void close();  // without on_lost

  std::size_t in_flight() const { return flights_.size(); }
  // What stands before the next segment: those in flight, and one more for each 10 ms that the first has
  // taken.
  std::size_t load(Monotonic now) const;
  bool alive() const { return alive_; }
  // Held by a transaction.
  bool exclusive = false;
  // To be closed when nothing is in flight: its prepared statements are no longer what we think.
  bool retire = false;

  // On the strand, on an idle connection that is held exclusively, inside an explicit transaction.
  boost::asio::awaitable<Expected<std::uint64_t>> copy_in(std::string sql, Transaction::Producer produce,
                                                          std::chrono::milliseconds timeout);
  boost::asio::awaitable<Expected<std::uint64_t>> copy_out(std::string sql, Transaction::Consumer consume,
                                                           std::chrono::milliseconds timeout);

 private:
  struct Step {
    std::size_t command;
    bool prepares;
  };
  struct Flight {
    Segment segment;
    std::vector<Step> steps;
    Monotonic sent{};
    std::size_t at = 0;
    bool answered = false;   // the step at hand has given its result
    bool abandoned = false;  // the caller has been told of a timeout
    std::vector<Rows> rows;
    std::optional<Error> error;
  };

  bool encode(const Command& command, std::size_t index, std::vector<Step>& steps);
  void wait_read();
  void on_readable();
  void flush();
  void drain();
  void take(Flight& flight, pg_result* result);
  void deliver(Flight flight);
  void lose(ErrorKind head, std::string message);
  void arm_deadline(Monotonic deadline);
  void check_deadlines();

  boost::asio::awaitable<std::optional<Error>> enter_copy(std::string sql, int expected,
                                                          std::chrono::milliseconds timeout);
  boost::asio::awaitable<Expected<std::uint64_t>> leave_copy();
  boost::asio::awaitable<void> changed();  // something was read or written, or the connection is lost

  ConnectionHandle handle_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer deadline_timer_, signal_;
  Events events_;
  std::deque<Flight> flights_;
  std::unordered_set<std::string, StringHash, std::equal_to<>> prepared_;
  Monotonic armed_ = Monotonic::max();
  std::optional<Monotonic> copy_deadline_;
  Error lost_;
  bool alive_ = true, reading_ = false, writing_ = false, copying_ = false;
};

}  // namespace warp::pg
