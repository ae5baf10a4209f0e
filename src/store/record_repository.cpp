#include "warp/store/record_repository.h"

#include <set>

#include "record_columns.h"
#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

const std::string& insert_sql() {
  static const auto sql = [] {
    std::string values;
    int index = 0;
    for (const auto& column : record_columns()) {
      if (index++ > 0) values += ", ";
      values += "$" + std::to_string(index) + "::" + column.type + "[]";
    }
    return "INSERT INTO records.cdrs (" + record_column_list() + ") SELECT * FROM unnest(" + values +
           ") ON CONFLICT (id, setup_at) DO NOTHING";
  }();
  return sql;
}

constexpr pg::Query kEnsure{
    "store.record.ensure_partitions",
    "SELECT records.ensure_partitions('epoch'::date + $1::integer, 'epoch'::date + $2::integer)", 15s};

pg::Params batch_params(const std::vector<domain::CallRecord>& batch) {
  pg::Params params;
  for (const auto& column : record_columns()) {
    ArrayText array;
    for (const auto& record : batch)
      column.put(array, record);
    params.add(std::move(array).finish());
  }
  return params;
}

std::int64_t day_of(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

bool partition_missing(const pg::Error& error) {
  return error.sqlstate == "23514" && error.constraint.empty();
}

}  // namespace

Task<void> RecordRepository::ensure_days(std::set<std::int64_t> days) {
  {
    std::lock_guard guard(mutex_);
    std::erase_if(days, [this](std::int64_t day) { return days_.contains(day); });
  }
  for (const auto day : days) {
    auto params = pg::Params::of(day, day);
    const auto made = co_await pool_.query(pg::Scope::operators(), kEnsure, std::move(params));
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
  const pg::Query query{"store.record.insert", insert_sql(), 30s};
  const auto params = batch_params(*batch);
  for (int attempt = 0;; ++attempt) {
    auto wanted = days;
    const auto ready = co_await ensure_days(std::move(wanted));
    if (!ready) co_return ready.error();
    auto values = params;
    const auto done = co_await pool_.query(pg::Scope::operators(), query, std::move(values));
    if (done) co_return done->affected();
    if (attempt > 0 || !partition_missing(done.error())) co_return error_of(done.error());
    std::lock_guard guard(mutex_);  // a partition was dropped since we saw it
    days_.clear();
  }
}

}  // namespace warp::store
