#include "partitions.h"

namespace warp::store {
namespace {

constexpr int kPartitionTries = 10;
constexpr std::string_view kDuplicateTable = "42P07";

}  // namespace

std::int64_t day_of(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

bool partition_missing(const pg::Error& error) {
  return error.sqlstate == "23514" && error.constraint.empty();
}

boost::asio::awaitable<pg::Expected<void>> ensure_partitions(pg::Pool& pool, const pg::Query& ensure,
                                                             std::int64_t first, std::int64_t last) {
  for (int tries = 1;; ++tries) {
    auto days = pg::Params::of(first, last);
    auto made = co_await pool.query(pg::Scope::operators(), ensure, std::move(days));
    if (made) co_return pg::Expected<void>();
    if (tries == kPartitionTries || made.error().sqlstate != kDuplicateTable)
      co_return std::move(made).error();
  }
}

}  // namespace warp::store
