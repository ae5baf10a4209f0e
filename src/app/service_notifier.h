// ServiceNotifier: tells systemd (Type=notify) that the daemon is ready, reloading or stopping, what it is
// doing, and that it is alive. Does nothing when systemd did not start the process.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace warp::app {

class ServiceNotifier {
 public:
  void ready();
  void reloading();
  void stopping();
  void status(const std::string& text);
  void alive();
  // How often alive() is due (half of WatchdogSec); nullopt without a watchdog.
  std::optional<std::chrono::microseconds> watchdog_interval() const;
};

}  // namespace warp::app
