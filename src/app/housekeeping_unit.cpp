#include "app/housekeeping_unit.h"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr auto kQuietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::minutes kFirst{5}, kEvery{60};
constexpr std::chrono::seconds kLongest{60};
// Each answers with how many rows are gone.
constexpr std::array kRounds{
    pg::Query{"app.housekeeping.identity", "SELECT identity.purge()", kLongest},
    pg::Query{"app.housekeeping.idempotency", "SELECT warp.purge_idempotency(interval '48 hours')", kLongest},
    pg::Query{"app.housekeeping.webhooks", "SELECT webhooks.purge()", kLongest},
};

}  // namespace

struct HousekeepingUnit::Impl {
  asio::awaitable<void> run();
  asio::awaitable<void> round();
  net::Loop& control;
  pg::Pool& pool;
  log::Logger& log;
};

asio::awaitable<void> HousekeepingUnit::Impl::round() {
  for (const auto& query : kRounds) {
    pg::Params none;
    auto scope = pg::Scope::operators().by("warpd", "");
    const auto gone = co_await pool.query(std::move(scope), query, std::move(none));
    if (!gone) log.debug("app.not_purged", {{"what", query.name}, {"error", gone.error().message}});
  }
}

asio::awaitable<void> HousekeepingUnit::Impl::run() {
  asio::steady_timer timer(control.context());
  for (auto wait = kFirst;; wait = kEvery) {
    timer.expires_after(wait);
    const auto [error] = co_await timer.async_wait(kQuietly);
    if (error) co_return;
    co_await round();
  }
}

HousekeepingUnit::HousekeepingUnit(const Config&, const UnitNeeds& needs)
    : impl_(new Impl{needs.control, needs.pool, needs.log}) {}

HousekeepingUnit::~HousekeepingUnit() = default;

void HousekeepingUnit::start(net::TaskGroup& tasks) {
  tasks.spawn("housekeeping", impl_->run());
}

asio::awaitable<void> HousekeepingUnit::stop() {
  co_return;
}

}  // namespace warp::app
