#include "app/billing_unit.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/store/billing.h"
#include "warp/store/invoices.h"
#include "warp/store/vendor_billing.h"

namespace warp::app {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kAtOnce = 100;  // periods a look
constexpr double kLagAllowed = 60;      // seconds that the journal may be behind
constexpr std::chrono::hours kAccrualInterval{1};

}  // namespace

struct BillingUnit::Impl {
  Impl(const Config& config, const UnitNeeds& needs);
  asio::awaitable<void> run();
  asio::awaitable<void> close_periods(WallTime now);
  asio::awaitable<void> close_one(std::string ban, WallTime edge, WallTime cut);
  asio::awaitable<void> close_vendors(WallTime now);
  asio::awaitable<void> accrue(WallTime now);
  void failed(const char* what, const std::string& of, const store::Error& error);

  const Config::Billing settings;
  const Currency base;  // that vendors' costs are booked in
  net::Loop& control;
  const Clock& clock;
  log::Logger& log;
  store::InvoiceRepository invoices;
  store::VendorBillingRepository vendors;
  store::BillingRepository books;
  metrics::Counter& issued;
  metrics::Counter& failures;
  metrics::Gauge& overdue;
  const metrics::Gauge& lag;
  asio::steady_timer timer;
  WallTime next_accrual{};
  bool stopping = false;
};

BillingUnit::Impl::Impl(const Config& config, const UnitNeeds& needs)
    : settings(config.billing),
      base(Currency::parse(config.rating.base_currency).value_or(Currency{})),
      control(needs.control),
      clock(needs.clock),
      log(needs.log),
      invoices(needs.pool),
      vendors(needs.pool),
      books(needs.pool),
      issued(needs.metrics.counter("warp_billing_invoices_total", "Invoices that this node issued.")),
      failures(needs.metrics.counter("warp_billing_failures_total",
                                     "Closes and bookings that failed; each is tried again.")),
      overdue(
          needs.metrics.gauge("warp_billing_periods_overdue",
                              "Periods that were to be closed and were not at the last look; at most 100.")),
      lag(needs.metrics.gauge("warp_records_ship_lag_seconds",
                              "Age of the oldest record that is not in Postgres.")),
      timer(needs.control.context()) {}

void BillingUnit::Impl::failed(const char* what, const std::string& of, const store::Error& error) {
  failures.add();
  log.warning("billing.failed", {{"what", what},
                                 {"of", of},
                                 {"error", std::string(to_string(error.kind)) + ": " + error.message},
                                 {"effect", "tried again at the next look"}});
}

asio::awaitable<void> BillingUnit::Impl::close_one(std::string ban, WallTime edge, WallTime cut) {
  auto closing = invoices.close(ban, edge, cut);
  const auto closed = co_await std::move(closing);
  if (!closed) {
    failed("close", ban, closed.error());
    co_return;
  }
  if (!*closed) co_return;
  issued.add();
  log.info("billing.invoice_issued",
           {{"number", (*closed)->number}, {"ban", ban}, {"total", (*closed)->total.to_string()}});
}

// Only what is complete: ended long enough ago, and stored by every transaction that could still be open.
asio::awaitable<void> BillingUnit::Impl::close_periods(WallTime now) {
  if (lag.value() > kLagAllowed) {
    log.warning("billing.close_waits", {{"why", "detail records are not in the database yet"}});
    co_return;
  }
  const auto cut = now - settings.settle_time;
  const auto edge = std::min(now - std::chrono::hours(settings.close_hour), cut);
  auto asking = invoices.due(edge, kAtOnce);
  const auto due = co_await std::move(asking);
  if (!due) {
    failed("look for periods", "", due.error());
    co_return;
  }
  for (const auto& ban : *due) {
    if (stopping) co_return;
    auto closing = close_one(ban, edge, cut);
    co_await std::move(closing);
  }
  auto again = invoices.due(edge, kAtOnce);
  const auto left = co_await std::move(again);
  if (left) overdue.set(static_cast<double>(left->size()));
}

asio::awaitable<void> BillingUnit::Impl::close_vendors(WallTime now) {
  const auto edge =
      now - std::max<std::chrono::seconds>(std::chrono::hours(settings.close_hour), settings.settle_time);
  auto asking = vendors.due(edge);
  const auto due = co_await std::move(asking);
  if (!due) {
    failed("look for vendors' cycles", "", due.error());
    co_return;
  }
  for (const auto& cycle : *due) {
    const auto next = billing::next_edge(cycle.cycle, cycle.period.end, cycle.period.end);
    if (!next) continue;
    auto closing = vendors.close(cycle, *next);
    const auto closed = co_await std::move(closing);
    if (!closed) failed("vendor's cycle", cycle.provider.to_string(), closed.error());
  }
}

// Days of UTC that are over, as the summary has them: what comes later is booked later.
asio::awaitable<void> BillingUnit::Impl::accrue(WallTime now) {
  const auto before = std::chrono::floor<std::chrono::days>(now - std::chrono::hours(settings.close_hour));
  auto booking = books.accrue_vendors(before, base);
  const auto booked = co_await std::move(booking);
  if (!booked)
    failed("vendors' costs", "", booked.error());
  else if (*booked != 0)
    log.info("billing.costs_booked", {{"entries", *booked}});
}

asio::awaitable<void> BillingUnit::Impl::run() {
  while (!stopping) {
    const auto now = clock.wall();
    auto periods = close_periods(now);
    co_await std::move(periods);
    auto cycles = close_vendors(now);
    co_await std::move(cycles);
    if (now >= next_accrual) {
      auto costs = accrue(now);
      co_await std::move(costs);
      next_accrual = now + kAccrualInterval;
    }
    if (stopping) co_return;
    timer.expires_after(settings.interval);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error && !stopping) co_return;
  }
}

BillingUnit::BillingUnit(const Config& config, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, needs)) {}

BillingUnit::~BillingUnit() = default;

void BillingUnit::start(net::TaskGroup& tasks) {
  if (impl_->settings.enabled) tasks.spawn("billing.cycles", impl_->run());
}

boost::asio::awaitable<void> BillingUnit::stop() {
  impl_->stopping = true;
  impl_->timer.cancel();
  co_return;
}

}  // namespace warp::app
