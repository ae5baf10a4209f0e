// Outbox: what happened, for readers of their own pace, written by the transactions in which it happened. A
// reader is given rows of transactions that ended before every one that still runs: a row that comes late
// into the numbering is never passed over, none is given twice once it was marked as read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct OutboxRow {
  std::int64_t id = 0;
  std::string made_by;  // number of the transaction, for done()
  std::string kind;
  Uuid object;
  WallTime at{};
  std::optional<CustomerId> customer;
  std::string payload;
};

class OutboxRepository {
 public:
  explicit OutboxRepository(pg::Pool& pool) : pool_(pool) {}

  // Rows are kept for it from now on. Nothing when it is there already.
  Task<void> subscribe(std::string consumer);
  // Rows that only it had not read go with the next purge.
  Task<void> unsubscribe(std::string consumer);
  // The oldest `limit` that it has not marked as read. NotFound: nobody of that name.
  Task<std::vector<OutboxRow>> next(std::string consumer, std::uint32_t limit);
  // `last`, as next() gave it, and all before it were read. False: they were marked so before.
  Task<bool> done(std::string consumer, OutboxRow last);
  // Deletes what all have read. How many rows.
  Task<std::uint64_t> purge();
  // How many rows wait for the slowest reader.
  Task<std::uint64_t> backlog();

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
