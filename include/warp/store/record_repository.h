// Call detail records: written in batches by the journal, read by the API.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <span>

#include "warp/base/clock.h"
#include "warp/domain/call_record.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct RecordFilter {
  WallTime from{}, to{};               // setup_at in [from, to)
  std::optional<CustomerId> customer;  // operators: absent is all
  std::optional<TrunkId> trunk;
  std::optional<domain::Direction> direction;
  std::optional<std::string> disposition;  // as domain::to_string writes it
  std::string ani, dni;                    // normalised digits; with a trailing '*' a prefix; empty: any
};

// How calls went, of whatever they are summed over.
struct RecordQuality {
  std::uint64_t network_ok = 0;             // answered, or the called side was busy, away or unwilling
  std::uint64_t short_calls = 0;            // answered, and over within 6 s
  std::uint64_t pdd_ms = 0, pdd_calls = 0;  // sum of post-dial delays, and of how many
};

struct RecordStatistics {
  std::uint64_t total = 0, answered = 0;
  std::uint64_t seconds = 0, billed_seconds = 0;  // seconds: answered to ended, of answered calls
  RecordQuality quality;
  std::map<std::string, std::uint64_t> by_disposition, by_direction;
  std::map<std::string, Money> charged;  // by currency: the customer's side
  std::map<std::string, Money> cost;     // by currency: the provider's
  std::map<std::string, Money> margin;   // by currency: of calls with both sides in one
};

struct RecordBucket {
  WallTime start{};
  std::uint64_t total = 0, answered = 0, seconds = 0;
  std::map<std::string, Money> by_currency;
  Money charged;  // in the currency that most priced calls of the whole range have
  RecordQuality quality = {};
  std::map<std::string, Money> margin = {};  // by currency
};

enum class Granularity : std::uint8_t { Hour, Day, Week };

class RecordRepository {
 public:
  explicit RecordRepository(pg::Pool& pool) : pool_(pool) {}

  // Inserts what is not there yet (by id) and makes the partitions that are missing. How many were new. Only
  // final records: drafts are Invalid. Text that is not UTF-8 is mended, so that no record can hold up its
  // batch. In one transaction with it, of the new ones alone: what they cost is taken from balances and
  // leases, one ledger entry a customer; the sums of days and hours; the outbox. A charge in another currency
  // than the account's is Invalid.
  Task<std::uint64_t> insert(std::shared_ptr<const std::vector<domain::CallRecord>> batch);
  // Makes the partitions of the days from `today` to `days` later.
  Task<void> prepare_days(WallTime today, std::uint32_t days);

  // Newest first.
  Task<Paged<domain::CallRecord>> list(Actor actor, RecordFilter filter, Page page);
  // The next `limit` in the same order after `after` (setup_at and id of the last one seen); for exports.
  struct Cursor {
    WallTime setup_at{};
    RecordId id;
  };
  Task<std::vector<domain::CallRecord>> next(Actor actor, RecordFilter filter, std::optional<Cursor> after,
                                             std::uint32_t limit);
  Task<domain::CallRecord> get(Actor actor, RecordId id);
  // For the audit trail: that these records were handed out. As an operator.
  Task<void> exported(Actor actor, RecordFilter filter, std::uint64_t rows);
  Task<RecordStatistics> statistics(Actor actor, RecordFilter filter);
  // All buckets that the range touches, by time, those without calls too; cut in the local time that is
  // `offset_minutes` before UTC (as JavaScript's getTimezoneOffset()); weeks begin on Monday. The caller
  // keeps the range to a size.
  Task<std::vector<RecordBucket>> trends(Actor actor, RecordFilter filter, Granularity granularity,
                                         int offset_minutes);

 private:
  using Batch = std::shared_ptr<const std::vector<domain::CallRecord>>;
  using Entries = std::map<CustomerId, std::int64_t>;  // of the ledger, by who pays
  Task<void> ensure_days(std::set<std::int64_t> days);
  boost::asio::awaitable<pg::Expected<Entries>> draw_entries(Batch batch);
  boost::asio::awaitable<pg::Expected<std::uint64_t>> settle(Batch batch);
  pg::Pool& pool_;
  std::mutex mutex_;                   // guards what follows
  std::set<std::int64_t> days_;        // since the epoch: partitions known to be there
  std::vector<std::int64_t> entries_;  // ids that no entry has yet
};

}  // namespace warp::store
