#include "warp/store/record_repository.h"

#include <set>

#include "partitions.h"
#include "record_columns.h"
#include "record_sums.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

// The columns of a record, and the entry that its charge is part of. What is new is settled by the statement
// that inserts it.
const std::string& insert_sql() {
  static const auto sql = [] {
    std::string values;
    int index = 0;
    for (const auto& column : record_columns())
      values += "$" + std::to_string(++index) + "::" + column.type + "[], ";
    values += "$" + std::to_string(++index) + "::bigint[]";
    return "WITH fresh AS (INSERT INTO records.cdrs (" + record_column_list() +
           ", ledger_entry) SELECT * FROM unnest(" + values +
           ") ON CONFLICT (id, setup_at) DO NOTHING RETURNING id, customer_id, charge_lease, "
           "coalesce(charge_nanos, 0) AS charge_nanos, charge_currency, ledger_entry) "
           "SELECT coalesce(array_agg(id), '{}')::text[], billing.settle_calls("
           "coalesce(array_agg(customer_id), '{}'), coalesce(array_agg(charge_lease), '{}'), "
           "coalesce(array_agg(charge_nanos), '{}'), coalesce(array_agg(ledger_entry), '{}'), "
           "coalesce(array_agg(charge_currency::text), '{}')) FROM fresh";
  }();
  return sql;
}

constexpr pg::Query kRecordPartitionEntries{
    "store.record.entries", "SELECT nextval('billing.ledger_ids') FROM generate_series(1, $1::integer)"};
constexpr std::size_t kEntriesAtOnce = 1000;
// A batch that met another in the wrong order is tried again at once, so often.
constexpr int kMostTries = 5;

constexpr pg::Query kEnsureRecordPartition{
    "store.record.ensure_partitions",
    "SELECT records.ensure_partitions('epoch'::date + $1::integer, 'epoch'::date + $2::integer)", 15s};

// Nobody pays for a call of nobody.
bool is_charged(const domain::CallRecord& record) {
  return record.charge.charged != Money{} && !record.customer.is_nil();
}

pg::Params batch_params(const std::vector<domain::CallRecord>& batch,
                        const std::map<CustomerId, std::int64_t>& entries) {
  pg::Params params;
  for (const auto& column : record_columns()) {
    ArrayText array;
    for (const auto& record : batch)
      column.put(array, record);
    params.add(std::move(array).finish());
  }
  ArrayText entry;
  for (const auto& record : batch)
    is_charged(record) ? entry.number(entries.at(record.customer)) : entry.null();
  params.add(std::move(entry).finish());
  return params;
}

bool again(const pg::Error& error) {
  return error.kind == pg::ErrorKind::Serialization;
}

}  // namespace

Task<void> RecordRepository::ensure_days(std::set<std::int64_t> days) {
  {
    std::lock_guard guard(mutex_);
    std::erase_if(days, [this](std::int64_t day) { return days_.contains(day); });
  }
  for (const auto day : days) {
    const auto made = co_await ensure_partitions(pool_, kEnsureRecordPartition, day, day);
    if (!made) co_return error_of(made.error());
    std::lock_guard guard(mutex_);
    days_.insert(day);
  }
  co_return Expected<void>();
}

Task<void> RecordRepository::prepare_days(WallTime today, std::uint32_t days) {
  std::set<std::int64_t> wanted;
  for (std::uint32_t i = 0; i <= days; ++i)
    wanted.insert(day_of(today) + i);
  return ensure_days(std::move(wanted));
}

Task<std::uint64_t> RecordRepository::insert(std::shared_ptr<const std::vector<domain::CallRecord>> batch) {
  if (batch->empty()) co_return std::uint64_t{0};
  std::set<std::int64_t> days;
  for (const auto& record : *batch) {
    if (record.state != domain::RecordState::Final)
      co_return Error{ErrorKind::Invalid, "a draft is not for the database", {}};
    days.insert(day_of(record.setup_at));
  }
  for (int tries = 1;; ++tries) {
    auto wanted = days;
    const auto ready = co_await ensure_days(std::move(wanted));
    if (!ready) co_return ready.error();
    const auto done = co_await settle(batch);
    if (done) co_return *done;
    if (tries >= kMostTries || !(again(done.error()) || partition_missing(done.error())))
      co_return error_of(done.error());
    if (again(done.error())) continue;
    std::lock_guard guard(mutex_);  // a partition was dropped since we saw it
    days_.clear();
  }
}

// Ids are drawn before the transaction, so that the rows can be inserted with them.
boost::asio::awaitable<pg::Expected<RecordRepository::Entries>> RecordRepository::draw_entries(Batch batch) {
  Entries out;
  for (const auto& record : *batch)
    if (is_charged(record)) out.emplace(record.customer, 0);
  std::vector<std::int64_t> drawn;
  {
    std::lock_guard guard(mutex_);
    while (drawn.size() < out.size() && !entries_.empty()) {
      drawn.push_back(entries_.back());
      entries_.pop_back();
    }
  }
  if (drawn.size() < out.size()) {
    auto params = pg::Params::of(std::max(kEntriesAtOnce, out.size()));
    const auto rows =
        co_await pool_.query(pg::Scope::operators(), kRecordPartitionEntries, std::move(params));
    if (!rows) co_return rows.error();
    for (const auto row : *rows)
      drawn.push_back(pg::RowReader(row).next<std::int64_t>());
  }
  for (auto& [customer, entry] : out) {
    entry = drawn.back();
    drawn.pop_back();
  }
  std::lock_guard guard(mutex_);
  entries_.insert(entries_.end(), drawn.begin(), drawn.end());
  co_return out;
}

boost::asio::awaitable<pg::Expected<std::uint64_t>> RecordRepository::settle(Batch batch) {
  static const pg::Query query{"store.record.insert", insert_sql(), 30s};
  const auto entries = co_await draw_entries(batch);
  if (!entries) co_return entries.error();
  auto tx = co_await pool_.begin(pg::Scope::operators().by("warpd", ""));
  if (!tx) co_return tx.error();
  auto params = batch_params(*batch, *entries);
  const auto rows = co_await tx->query(query, std::move(params));
  if (!rows) co_return rows.error();
  std::vector<std::string> ids;
  if (!rows->empty()) ids = pg::RowReader((*rows)[0]).next<std::vector<std::string>>();
  auto fresh = fresh_of(*batch, ids);
  auto statements = sum_statements(fresh);
  for (auto& statement : statements) {
    auto values = std::move(statement.params);
    const auto done = co_await tx->query(*statement.query, std::move(values));
    if (!done) co_return done.error();
  }
  const auto ended = co_await tx->commit();
  if (!ended) co_return ended.error();
  co_return static_cast<std::uint64_t>(ids.size());
}

}  // namespace warp::store
