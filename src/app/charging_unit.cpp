#include "app/charging_unit.h"

#include <chrono>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/base/json_string.h"
#include "warp/charging/charging.h"
#include "warp/charging/recovery.h"
#include "warp/net/quietly.h"
#include "warp/pg/listener.h"
#include "warp/store/alarms.h"

#include "app/connection_strings.h"
#include "app/snapshot_accounts.h"
#include "app/spend_exchange.h"

namespace warp::app {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kTick{50};
constexpr milliseconds kRest{200};  // while nobody waits
constexpr milliseconds kChargingLook{1'000};
constexpr milliseconds kReload{30'000};
constexpr milliseconds kAlerts{10'000};
constexpr int kStopTicks = 40;

std::string node_of(const Config& config) {
  return config.charging.node.empty() ? config.messaging.node : config.charging.node;
}

charging::StewardSettings steward_settings(const Config::Charging& given) {
  charging::StewardSettings settings;
  settings.least_lease = Money::parse(given.least_lease).value_or(settings.least_lease);
  settings.give_back_interval = given.give_back_interval;
  settings.heartbeat = milliseconds(given.dead_node_grace) / 4;
  return settings;
}

charging::ChargingSettings charging_settings(const Config::Charging& given) {
  charging::ChargingSettings settings;
  settings.reserve = given.reserve;
  settings.grant_timeout = given.grant_timeout;
  return settings;
}

charging::RecoverySettings recovery_settings(const Config::Charging& given) {
  charging::RecoverySettings settings;
  settings.dead_node_grace = given.dead_node_grace;
  return settings;
}

std::string details_of(const charging::SpendWatch::Alarm& alarm) {
  std::string text = "{\"limit\":";
  append_json_string(text, alarm.limit.to_string());
  text += ",\"window\":";
  append_json_string(text, alarm.window);
  text += ",\"action\":";
  append_json_string(text, alarm.action);
  text += ",\"calls\":" + std::to_string(alarm.used.calls);
  text += ",\"seconds\":" + std::to_string(alarm.used.seconds);
  text += ",\"nanos\":" + std::to_string(alarm.used.nanos) + "}";
  return text;
}

std::string key_of(const charging::SpendWatch::Alarm& alarm) {
  return alarm.limit.to_string() + ":" + std::to_string(alarm.since.time_since_epoch().count());
}

}  // namespace

struct ChargingUnit::Impl {
  Impl(const Config& config, const UnitNeeds& given);

  asio::awaitable<void> tick();
  asio::awaitable<void> look();
  asio::awaitable<void> watch_limits();
  asio::awaitable<void> alert();
  asio::awaitable<void> seed(WallTime now);
  asio::awaitable<void> reload();
  asio::awaitable<void> tell_alarms();
  asio::awaitable<void> pause(milliseconds delay);
  asio::awaitable<void> stop();

  UnitNeeds needs;
  SecureIdSource ids;
  const store::LeaseHolder holder;
  SnapshotAccounts accounts;
  charging::LeaseBook book;
  charging::StoredLeases bank;
  charging::Steward steward;
  charging::SpendWatch watch;
  charging::Charging port;
  charging::Recovery recovery;
  store::LeaseRepository leases;
  store::SpendLimitRepository limits;
  store::AlarmRepository alarms;
  std::optional<SpendExchange> exchange;
  pg::Listener listener;
  bool stopping = false, seeded = false;
};

ChargingUnit::Impl::Impl(const Config& config, const UnitNeeds& given)
    : needs(given),
      holder{node_of(config), ids.uuid7(given.clock.wall())},
      accounts(given.snapshots),
      book(given.clock),
      bank(given.pool, holder),
      steward(book, bank, given.clock, ids, steward_settings(config.charging), given.metrics, given.log),
      port(book, steward, watch, accounts, given.clock, given.control, charging_settings(config.charging),
           given.metrics),
      recovery(
          book, bank, given.clock,
          [this] {
            return [this, mark = needs.journal.mark()]() mutable { return needs.journal.shipped(mark); };
          },
          recovery_settings(config.charging), given.log),
      leases(given.pool),
      limits(given.pool),
      alarms(given.pool),
      listener(given.control.context().get_executor(),
               {.conninfo = conninfo(config), .channels = {"warp_leases"}},
               {.on_notify =
                    [this](std::string_view, std::string_view payload) {
                      if (const auto customer = CustomerId::parse(payload)) steward.notified(*customer);
                    },
                .on_connect = [] {}},
               given.metrics, given.log) {
  if (given.redis != nullptr) exchange.emplace(*given.redis, watch);
  given.metrics.on_scrape(
      [this, &defects = given.metrics.gauge("warp_charging_defects",
                                            "Calls that cost more than was held for them.")] {
        defects.set(static_cast<double>(book.defects()));
      });
}

asio::awaitable<void> ChargingUnit::Impl::pause(milliseconds delay) {
  asio::steady_timer timer(needs.control.context(), delay);
  const auto [error] = co_await timer.async_wait(net::kQuietly);
  static_cast<void>(error);
}

asio::awaitable<void> ChargingUnit::Impl::tick() {
  while (!stopping) {
    const bool settling = port.settle_due();
    const bool waited_for = steward.tick();
    co_await pause(settling || waited_for ? kTick : kRest);
  }
}

asio::awaitable<void> ChargingUnit::Impl::look() {
  while (!stopping) {
    co_await pause(kChargingLook);
    if (!stopping) co_await recovery.look();
  }
}

asio::awaitable<void> ChargingUnit::Impl::alert() {
  while (!stopping) {
    co_await pause(kAlerts);
    if (stopping) co_return;
    const auto raised = co_await leases.raise_alerts();
    if (!raised) continue;
    for (const auto& alert : *raised)
      needs.log.warning("charging.balance_alert",
                        {{"customer", alert.customer}, {"percent_spent", alert.percent}});
  }
}

// Once: what comes after is counted here.
asio::awaitable<void> ChargingUnit::Impl::seed(WallTime now) {
  const auto used = co_await limits.used(now);
  if (!used) co_return;
  seeded = true;
  for (const auto& one : *used) {
    const charging::Usage usage{one.calls, one.seconds, one.nanos};
    if (exchange) exchange->seed(one.limit, charging::SpendWatch::since(one.window, now), usage);
    watch.seed(one.limit, one.window, now, usage);
  }
}

asio::awaitable<void> ChargingUnit::Impl::reload() {
  const WallTime now = needs.clock.wall();
  auto terms = co_await limits.terms();
  if (terms) accounts.renew(std::move(*terms), now);
  if (!seeded) co_await seed(now);
  const auto usual = co_await limits.usual(now);
  if (usual)
    for (const auto& one : *usual)
      watch.expect(one.limit, one.calls);
}

asio::awaitable<void> ChargingUnit::Impl::tell_alarms() {
  for (const auto& alarm : watch.alarms()) {
    needs.log.warning("charging.limit_reached", {{"customer", alarm.customer},
                                                 {"limit", alarm.limit.to_string()},
                                                 {"window", alarm.window},
                                                 {"action", alarm.action},
                                                 {"calls", alarm.used.calls}});
    std::optional<CustomerId> customer = alarm.customer;
    const auto told = co_await alarms.raise(customer, "limit", key_of(alarm), details_of(alarm));
    if (!told)
      needs.log.error("charging.alarm_lost", {{"customer", alarm.customer}, {"error", told.error().message}});
  }
}

asio::awaitable<void> ChargingUnit::Impl::watch_limits() {
  Monotonic reloaded{};
  while (!stopping) {
    if (reloaded == Monotonic{} || needs.clock.now() - reloaded >= kReload) {
      co_await reload();
      reloaded = needs.clock.now();
    }
    if (exchange) co_await exchange->turn(needs.clock.wall());
    co_await tell_alarms();
    co_await pause(kChargingLook);
  }
}

asio::awaitable<void> ChargingUnit::Impl::stop() {
  stopping = true;
  listener.stop();
  steward.stop_asking();
  port.settle_due(true);
  for (int i = 0; i < kStopTicks && !steward.quiet(); ++i)
    co_await pause(kTick);
  if (steward.quiet()) co_await steward.leave(needs.journal.backlog() == 0);
}

ChargingUnit::ChargingUnit(const Config& config, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, needs)) {}

ChargingUnit::~ChargingUnit() = default;

domain::ChargingPort* ChargingUnit::port() {
  return &impl_->port;
}

void ChargingUnit::start(net::TaskGroup& tasks) {
  impl_->steward.start(tasks);
  impl_->listener.start();
  tasks.spawn("charging.tick", impl_->tick());
  tasks.spawn("charging.look", impl_->look());
  tasks.spawn("charging.alert", impl_->alert());
  tasks.spawn("charging.watch", impl_->watch_limits());
}

boost::asio::awaitable<void> ChargingUnit::stop() {
  return impl_->stop();
}

}  // namespace warp::app
