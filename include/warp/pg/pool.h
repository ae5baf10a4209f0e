// Pool: connections to one Postgres, in pipeline mode on Asio descriptors.
//
// A query() is one transaction and one round trip: role, tenant, statement, commit. Several run one after
// another on one connection without waiting for each other's answers. begin() takes a connection for itself.
//
// Thread-safe; all of its work happens on one strand of the executor that it was given, and callers come back
// on their own executor. Every wait has an end: `acquire_timeout` for a connection, the query's timeout at
// the server, and `grace` more at our side, after which the connection is dropped. Lost connections come back
// with backoff and jitter.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/pg/error.h"
#include "warp/pg/params.h"
#include "warp/pg/query.h"
#include "warp/pg/rows.h"

namespace warp::pg {

struct PoolSettings {
  std::string
      conninfo;  // libpq's: "host=… dbname=… user=warpd"; a password comes from a file or the environment
  std::string name = "main";  // of the pool, in metrics
  std::size_t size = 8;       // connections at most
  std::size_t depth = 8;      // queries in flight on one connection at most
  std::size_t queue = 4096;   // callers waiting for a connection at most
  std::chrono::milliseconds acquire_timeout{2000};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds backoff_min{50}, backoff_max{1000};
  std::chrono::milliseconds grace{1000};
  std::string tenant_role = "warp_daemon", operator_role = "warp_operator";
};

struct Statement {
  const Query* query;
  Params params;
};

enum class Isolation : std::uint8_t { ReadCommitted, RepeatableRead, Serializable };
struct TransactionOptions {
  Isolation isolation = Isolation::ReadCommitted;
  bool read_only = false;
};

// One connection for one transaction. Destroyed before commit(): rolled back. Not thread-safe; one call at a
// time.
class Transaction {
 public:
  Transaction();  // holds none: only to be assigned to
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  boost::asio::awaitable<Expected<Rows>> query(const Query& query, Params params);
  // COPY … FROM STDIN. `sql` is a constant of the program. `produce` fills the buffer with the next piece of
  // data and returns false when there is no more; it runs on the pool's strand and must not block. Lines
  // copied.
  using Producer = std::function<bool(std::string& buffer)>;
  boost::asio::awaitable<Expected<std::uint64_t>> copy_in(std::string_view name, std::string sql,
                                                          Producer produce,
                                                          std::chrono::milliseconds timeout);
  // COPY … TO STDOUT. `consume` is given row by row what the server sends (with FORMAT binary: header and
  // trailer too) on the pool's strand; false ends the copy with BadRow.
  using Consumer = std::function<bool(std::span<const std::byte> row)>;
  boost::asio::awaitable<Expected<std::uint64_t>> copy_out(std::string_view name, std::string sql,
                                                           Consumer consume,
                                                           std::chrono::milliseconds timeout);
  boost::asio::awaitable<Expected<void>> commit();
  boost::asio::awaitable<void> rollback();

 private:
  friend class Pool;
  struct Impl;
  explicit Transaction(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Pool {
 public:
  Pool(boost::asio::any_io_executor executor, PoolSettings settings, metrics::Registry& metrics,
       log::Logger& log);
  // As close(), without waiting: metrics and log are used until the executor has run what that leaves behind.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Opens the first connection; more come with need. Queries may be asked at once and wait for it.
  void start();
  // Refuses new work, lets what is in flight end within its deadlines, closes.
  boost::asio::awaitable<void> close();
  // At least one connection is up.
  bool healthy() const;

  boost::asio::awaitable<Expected<Rows>> query(Scope scope, const Query& query, Params params);
  // All or nothing, in one round trip; as many Rows as statements.
  boost::asio::awaitable<Expected<std::vector<Rows>>> batch(Scope scope, std::vector<Statement> statements);
  boost::asio::awaitable<Expected<Transaction>> begin(Scope scope, TransactionOptions options = {});

  struct Impl;

 private:
  friend class Joint;
  // Shared with operations under way, which may outlive the Pool by a turn of the loop.
  std::shared_ptr<Impl> impl_;
};

}  // namespace warp::pg
