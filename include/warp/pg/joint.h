// Joint: one transaction that many calls of a Pool take part in, so that a request that works through several
// repositories commits once.
//
//   auto joint = co_await Joint::begin(pool, scope);
//   … pool.query(Scope::tenant(c).within(joint), …)      // runs in it; as its own scope says, role by role
//   … pool.begin(Scope::operators().within(joint), …)     // a savepoint of it: commit() releases, else it
//                                                         // is rolled back
//   co_await (*joint)->commit();
//
// A statement that fails is rolled back to before itself (a savepoint each), so that the caller may go on as
// it would with transactions of its own. Calls come one at a time; a second one waits for the first. Nested
// transactions end in the reverse order of their beginning; one that had a failure is undone at once.
// commit(): ConnectionLost when it is not known whether it holds.
// Destroyed before commit(): rolled back. COPY and isolation levels of their own are refused with
// InvalidInput. One connection is held from begin() to the end, for `longest` at most: then the transaction
// is rolled back and every further call fails with Timeout.
#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "warp/pg/pool.h"

namespace warp::pg {

class Joint {
 public:
  static boost::asio::awaitable<Expected<std::shared_ptr<Joint>>> begin(
      Pool& pool, Scope scope, std::chrono::milliseconds longest = std::chrono::seconds(15));
  ~Joint();
  Joint(const Joint&) = delete;
  Joint& operator=(const Joint&) = delete;

  boost::asio::awaitable<Expected<void>> commit();
  boost::asio::awaitable<void> rollback();

 private:
  friend class Pool;
  friend class Transaction;
  struct Impl;
  explicit Joint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::pg
