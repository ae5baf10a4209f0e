#include "app/quality_unit.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"
#include "warp/store/quality.h"

namespace warp::app {

namespace asio = boost::asio;

namespace {

// An hour that began a little earlier still has calls of the last day.
constexpr std::chrono::hours kBack{25};

std::uint32_t small(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

std::vector<routing::QualityHour> hours_of(const std::vector<store::QualityRow>& rows) {
  std::vector<routing::QualityHour> hours;
  hours.reserve(rows.size());
  for (const auto& row : rows) {
    auto& hour = hours.emplace_back();
    hour.hour = row.hour;
    hour.provider = row.provider;
    hour.key = row.prefix;
    hour.counts = {small(row.attempts),    small(row.answered), small(row.network_ok),
                   small(row.short_calls), row.seconds,         row.pdd_ms};
  }
  return hours;
}

}  // namespace

struct QualityUnit::Impl {
  Impl(const Config& config, const UnitNeeds& given)
      : needs(given),
        interval(config.quality.interval),
        repository(given.pool),
        timer(given.control.context()),
        known(given.metrics.gauge("warp_routing_qualities",
                                  "Pairs of provider and kind of number whose quality is known.")) {}

  asio::awaitable<void> work();
  asio::awaitable<void> load();

  UnitNeeds needs;
  const std::chrono::seconds interval;
  store::QualityRepository repository;
  asio::steady_timer timer;
  metrics::Gauge& known;
  routing::QualityHolder quality;
  bool stopping = false, failing = false;
};

asio::awaitable<void> QualityUnit::Impl::load() {
  const auto now = needs.clock.wall();
  const store::Actor daemon{"warpd", "", std::nullopt};
  const auto rows = co_await repository.since(daemon, now - kBack);
  if (!rows) {
    // What is known stays in force: it grows old, and no call waits for it.
    if (!std::exchange(failing, true))
      needs.log.warning("app.quality_load_failed", {{"error", rows.error().message}});
    co_return;
  }
  if (std::exchange(failing, false)) needs.log.info("app.quality_load_recovered");
  auto table = routing::QualityTable::weigh(hours_of(*rows), now);
  known.set(static_cast<double>(table->size()));
  quality.publish(std::move(table));
}

asio::awaitable<void> QualityUnit::Impl::work() {
  while (!stopping) {
    co_await load();
    if (stopping) co_return;
    timer.expires_after(interval);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    static_cast<void>(error);
  }
}

QualityUnit::QualityUnit(const Config& config, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, needs)) {}

QualityUnit::~QualityUnit() = default;

const routing::QualityHolder& QualityUnit::quality() const {
  return impl_->quality;
}

void QualityUnit::start(net::TaskGroup& tasks) {
  tasks.spawn("quality", impl_->work());
}

asio::awaitable<void> QualityUnit::stop() {
  impl_->stopping = true;
  impl_->timer.cancel();
  co_return;
}

}  // namespace warp::app
