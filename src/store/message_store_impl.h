// The lanes of the message store. What the mutex guards is said; a lane's other things belong to its strand.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_set>

#include <boost/asio.hpp>

#include "warp/store/message_store.h"

#include "message_calls.h"
#include "message_statements.h"

namespace warp::store {

struct PgMessageStore::Impl {
  struct Lane {
    Lane(Impl& impl, const char* name, std::chrono::milliseconds window, std::chrono::milliseconds patience);
    const char* const name;
    const std::chrono::milliseconds window, patience;
    std::deque<MessageCall> queue;  // guarded by mutex
    bool sleeping = false;          // guarded by mutex: a wake() is wanted
    bool blocked = false;           // guarded by mutex: but only by the other lane
    boost::asio::strand<boost::asio::any_io_executor> strand;
    boost::asio::steady_timer timer;
    metrics::Histogram& rows;
    metrics::Histogram& seconds;
    metrics::Counter& failures;
    metrics::Gauge& waiting;
  };
  Impl(pg::Pool& pool, boost::asio::any_io_executor control, Executor& home, MessageStoreSettings settings,
       metrics::Registry& metrics, log::Logger& log);

  void push(Lane& lane, MessageCall call);
  void wake(Lane& lane);
  // Takes the calls of the next transaction; none: how long to wait.
  std::chrono::milliseconds gather(Lane& lane, std::vector<MessageCall>& batch);
  void answered(Lane& lane, std::vector<MessageCall> batch);

  static boost::asio::awaitable<void> run(std::shared_ptr<Impl> self, Lane& lane);
  static boost::asio::awaitable<void> settle(std::shared_ptr<Impl> self, Lane& lane,
                                             std::span<MessageCall> batch);
  enum class Outcome : std::uint8_t { Settled, Split };
  static boost::asio::awaitable<Outcome> settle_some(std::shared_ptr<Impl> self, Lane& lane,
                                                     std::span<MessageCall> calls);
  static boost::asio::awaitable<pg::Expected<void>> attempt(std::shared_ptr<Impl> self, Lane& lane,
                                                            std::span<MessageCall> calls);
  static boost::asio::awaitable<pg::Expected<void>> number(std::shared_ptr<Impl> self,
                                                           std::span<MessageCall> calls);
  static boost::asio::awaitable<void> wait_for_end(std::shared_ptr<Impl> self);
  void gave_up(std::span<MessageCall> calls, bool unknown);
  void forget_disowned(std::span<MessageCall> calls);

  pg::Pool& pool;
  boost::asio::any_io_executor control;
  Executor& home;
  const MessageStoreSettings settings;
  metrics::Registry& metrics;
  log::Logger& log;

  std::mutex mutex;
  bool closing = false;                               // guarded by mutex
  std::size_t octets = 0;                             // guarded by mutex: of all queues
  std::unordered_set<MessageId> inserting;            // guarded by mutex: asked, not answered
  std::atomic<bool> abandoned{false};                 // the store is gone: nobody is to be answered
  std::vector<Disowned> disowned;                     // of the lane of insertions
  std::int64_t next_delivery = 0, last_delivery = 0;  // of the other lane: ids of a block
  // Deliveries that may be durable though their callers were told otherwise: by message and content.
  std::map<std::pair<MessageId, std::size_t>, std::int64_t> unsettled;  // of the other lane

  Lane inserts, changes;
  boost::asio::strand<boost::asio::any_io_executor> end_strand;
  boost::asio::steady_timer end;  // on end_strand
  int lanes = 2;                  // that run; on end_strand
};

}  // namespace warp::store
