#include "app/housekeeping_unit.h"

#include <array>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::minutes kFirst{5}, kEvery{60};
constexpr std::chrono::seconds kLongest{60};
// Each answers with how many rows are gone.
constexpr std::array kRounds{
    pg::Query{"app.housekeeping.identity", "SELECT identity.purge()", kLongest},
    pg::Query{"app.housekeeping.idempotency", "SELECT warp.purge_idempotency(interval '48 hours')", kLongest},
    pg::Query{"app.housekeeping.webhooks", "SELECT webhooks.purge()", kLongest},
};
// No transaction is open for as long as this: what is older has its place in the trail.
constexpr pg::Query kSeal{"app.housekeeping.seal", "SELECT audit.seal(interval '10 minutes', 100000)",
                          kLongest};
constexpr pg::Query kForget{"app.housekeeping.forget",
                            "SELECT audit.forget($1::bigint * interval '1 second')", kLongest};

}  // namespace

struct HousekeepingUnit::Impl {
  asio::awaitable<void> run();
  asio::awaitable<void> round();
  asio::awaitable<void> tend_trail();
  asio::awaitable<std::optional<std::int64_t>> ask(const pg::Query* query, pg::Params params);
  const std::chrono::seconds keep;
  net::Loop& control;
  pg::Pool& pool;
  log::Logger& log;
};

// The number that it answers with; nullopt: the database did not do it.
asio::awaitable<std::optional<std::int64_t>> HousekeepingUnit::Impl::ask(const pg::Query* query,
                                                                         pg::Params params) {
  auto scope = pg::Scope::operators().by("warpd", "");
  auto asking = pool.query(std::move(scope), *query, std::move(params));
  const auto rows = co_await std::move(asking);
  if (!rows) {
    log.debug("app.not_purged", {{"what", query->name}, {"error", rows.error().message}});
    co_return std::nullopt;
  }
  if (rows->empty()) co_return std::nullopt;
  co_return pg::RowReader((*rows)[0]).next<std::int64_t>();
}

asio::awaitable<void> HousekeepingUnit::Impl::tend_trail() {
  for (;;) {
    pg::Params none;
    auto sealing = ask(&kSeal, std::move(none));
    const auto sealed = co_await std::move(sealing);
    if (sealed.value_or(0) == 0) break;
  }
  auto params = pg::Params::of(keep.count());
  auto forgetting = ask(&kForget, std::move(params));
  const auto gone = co_await std::move(forgetting);
  if (gone.value_or(0) > 0) log.info("app.trail_forgotten", {{"events", *gone}});
}

asio::awaitable<void> HousekeepingUnit::Impl::round() {
  for (const auto& query : kRounds) {
    pg::Params none;
    auto purging = ask(&query, std::move(none));
    const auto gone = co_await std::move(purging);
    static_cast<void>(gone);
  }
  auto trail = tend_trail();
  co_await std::move(trail);
}

asio::awaitable<void> HousekeepingUnit::Impl::run() {
  asio::steady_timer timer(control.context());
  for (auto wait = kFirst;; wait = kEvery) {
    timer.expires_after(wait);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
    co_await round();
  }
}

HousekeepingUnit::HousekeepingUnit(const Config& config, const UnitNeeds& needs)
    : impl_(new Impl{config.trail.keep, needs.control, needs.pool, needs.log}) {}

HousekeepingUnit::~HousekeepingUnit() = default;

void HousekeepingUnit::start(net::TaskGroup& tasks) {
  tasks.spawn("housekeeping", impl_->run());
}

asio::awaitable<void> HousekeepingUnit::stop() {
  co_return;
}

}  // namespace warp::app
