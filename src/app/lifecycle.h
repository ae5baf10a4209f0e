// Lifecycle: signals and what follows from them. Lives on the control loop.
//
// SIGTERM, SIGINT: drain: not ready, no new calls, wait for those in progress until drain_timeout, end the
// rest, then on_drained. A second one ends the wait at once. SIGHUP: reload. Pings the loops and the watchdog
// every second.
#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "warp/base/log.h"
#include "warp/net/loop.h"
#include "warp/net/task_group.h"

#include "app/health.h"
#include "app/service_notifier.h"

namespace warp::app {

class Lifecycle {
 public:
  struct Handlers {
    std::function<std::chrono::seconds()> drain_timeout;  // as it stands now
    std::function<void()> refuse_new_calls;
    std::function<std::size_t()> active_calls;
    std::function<void()> end_all_calls;
    std::function<void()> reload;
    std::function<boost::asio::awaitable<void>()>
        shut_down;  // everything else; then run() of the daemon returns
  };

  Lifecycle(net::Loop& control, Health& health, ServiceNotifier& notifier, log::Logger& log,
            Handlers handlers);

  void start(net::TaskGroup& tasks);

 private:
  boost::asio::awaitable<void> watch_signals();
  boost::asio::awaitable<void> heartbeat();
  boost::asio::awaitable<void> drain();
  boost::asio::awaitable<bool> calls_gone_by(std::chrono::steady_clock::time_point deadline);

  net::Loop& control_;
  Health& health_;
  ServiceNotifier& notifier_;
  log::Logger& log_;
  Handlers handlers_;
  net::TaskGroup* tasks_ = nullptr;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer heartbeat_, drain_timer_;
  bool draining_ = false;
  bool impatient_ = false;  // a second SIGTERM came
};

}  // namespace warp::app
