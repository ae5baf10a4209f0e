#include "partitions.h"

namespace warp::store {
namespace {

constexpr int kMostTries = 10;
constexpr std::string_view kDuplicateTable = "42P07";

}  // namespace

boost::asio::awaitable<pg::Expected<void>> ensure_partitions(pg::Pool& pool, const pg::Query& ensure,
                                                             std::int64_t first, std::int64_t last) {
  for (int tries = 1;; ++tries) {
    auto days = pg::Params::of(first, last);
    auto made = co_await pool.query(pg::Scope::operators(), ensure, std::move(days));
    if (made) co_return pg::Expected<void>();
    if (tries == kMostTries || made.error().sqlstate != kDuplicateTable) co_return std::move(made).error();
  }
}

}  // namespace warp::store
