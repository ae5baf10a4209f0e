// The pool's inside, shared with its transactions. All of it on the strand, but for what says otherwise.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio.hpp>

#include "warp/base/random.h"
#include "warp/net/completion.h"
#include "warp/pg/pool.h"

#include "connection.h"
#include "pool_metrics.h"

namespace warp::pg {

// Role, tenant, actor and time limit of the transaction that it is part of; they end with it.
Command scope_command(const PoolSettings& settings, const Scope& scope, std::chrono::milliseconds timeout);

struct Pool::Impl : std::enable_shared_from_this<Pool::Impl> {
  Impl(boost::asio::any_io_executor executor, PoolSettings settings, metrics::Registry& registry,
       log::Logger& log);

  // One asked question: what to tell whom.
  struct Call {
    std::shared_ptr<net::Completion<Answer>> waiter;
    std::string_view label;
    Monotonic began;
    std::chrono::milliseconds timeout;
    bool retried = false;
  };
  using Grant = Expected<std::shared_ptr<Connection>>;
  struct Job {
    std::optional<Segment> segment;                   // for any connection with room, or
    std::shared_ptr<net::Completion<Grant>> granted;  // a connection for oneself
    Monotonic deadline{};
    std::chrono::milliseconds timeout{};
  };

  // Any thread.
  boost::asio::awaitable<Answer> run(std::vector<Command> commands, std::chrono::milliseconds timeout,
                                     std::string_view label);
  boost::asio::awaitable<Grant> acquire();
  boost::asio::awaitable<void> close();
  void stop();

  void submit(std::vector<Command> commands, std::shared_ptr<Call> call);
  void answered(const std::shared_ptr<Call>& call, Segment& segment, Answer answer);
  void enqueue(Job job);
  void serve();
  void fail(Job job, Error error);
  void expire();
  std::shared_ptr<Connection> pick(bool alone);
  void release(const std::shared_ptr<Connection>& connection);
  void sweep();  // closes what is retired and, when closing, what is idle

  void grow();
  void connect();
  void connected(Expected<ConnectionHandle> outcome);
  void lost(const std::shared_ptr<Connection>& connection, const Error& error);
  void back_off();
  void count_connections();

  const boost::asio::any_io_executor strand;
  const PoolSettings settings;
  PoolMetrics metrics;
  log::Logger& log;
  std::atomic<bool> healthy{false};

  std::vector<std::shared_ptr<Connection>> connections;
  std::shared_ptr<Connector> connector;  // at most one connection is being made
  std::deque<Job> waiting;               // by deadline, since all wait equally long
  boost::asio::steady_timer expiry, retry, closing_limit;
  bool expiry_armed = false, backing_off = false, serving = false, closing = false;
  std::chrono::milliseconds backoff;
  std::string last_failure = "not connected yet";
  SecureIdSource random;
  std::vector<std::shared_ptr<net::Completion<bool>>> closers;
};

}  // namespace warp::pg
