#include "app/lifecycle.h"

#include <csignal>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::milliseconds kDrainPoll{50};
// After the deadline the calls that were ended still owe each other a BYE and its answer.
constexpr std::chrono::seconds kFarewell{5};

}  // namespace

Lifecycle::Lifecycle(net::Loop& control, Health& health, ServiceNotifier& notifier, log::Logger& log,
                     Handlers handlers)
    : control_(control),
      health_(health),
      notifier_(notifier),
      log_(log),
      handlers_(std::move(handlers)),
      signals_(control.context(), SIGTERM, SIGINT, SIGHUP),
      heartbeat_(control.context()),
      drain_timer_(control.context()) {}

void Lifecycle::start(net::TaskGroup& tasks) {
  tasks_ = &tasks;
  tasks.spawn("signals", watch_signals());
  tasks.spawn("heartbeat", heartbeat());
}

asio::awaitable<void> Lifecycle::watch_signals() {
  for (;;) {
    const auto [error, number] = co_await signals_.async_wait(net::kQuietly);
    if (error) co_return;
    if (number == SIGHUP) {
      notifier_.reloading();
      handlers_.reload();
      notifier_.ready();
    } else if (!std::exchange(draining_, true)) {
      log_.info("app.drain_begins", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"},
                                     {"calls", handlers_.active_calls()},
                                     {"timeout_s", handlers_.drain_timeout().count()}});
      tasks_->spawn("drain", drain());
    } else {
      impatient_ = true;
      drain_timer_.cancel();
    }
  }
}

asio::awaitable<void> Lifecycle::heartbeat() {
  const auto watchdog = notifier_.watchdog_interval();
  auto watchdog_due = control_.clock().now();
  for (;;) {
    health_.ping();
    if (watchdog && control_.clock().now() >= watchdog_due && health_.alive()) {
      notifier_.alive();
      watchdog_due = control_.clock().now() + *watchdog - std::chrono::seconds(1);
    }
    heartbeat_.expires_after(std::chrono::seconds(1));
    const auto [error] = co_await heartbeat_.async_wait(net::kQuietly);
    if (error) co_return;
  }
}

asio::awaitable<void> Lifecycle::drain() {
  health_.set_phase(Phase::Draining);
  notifier_.stopping();
  handlers_.refuse_new_calls();
  const auto timeout = handlers_.drain_timeout();
  const bool in_time = co_await calls_gone_by(std::chrono::steady_clock::now() + timeout);
  if (!in_time) {
    log_.warning("app.drain_deadline",
                 {{"calls", handlers_.active_calls()}, {"effect", "they are ended now"}});
    handlers_.end_all_calls();
    impatient_ = false;
    co_await calls_gone_by(std::chrono::steady_clock::now() + kFarewell);
  }
  log_.info("app.drained", {{"calls_left", handlers_.active_calls()}});
  co_await handlers_.shut_down();
}

asio::awaitable<bool> Lifecycle::calls_gone_by(std::chrono::steady_clock::time_point deadline) {
  while (handlers_.active_calls() > 0) {
    if (impatient_ || std::chrono::steady_clock::now() >= deadline) co_return false;
    drain_timer_.expires_after(kDrainPoll);
    co_await drain_timer_.async_wait(net::kQuietly);
  }
  co_return true;
}

}  // namespace warp::app
