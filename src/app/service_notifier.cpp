#include "app/service_notifier.h"

#include <systemd/sd-daemon.h>
#include <time.h>

namespace warp::app {

void ServiceNotifier::ready() {
  sd_notify(0, "READY=1");
}

void ServiceNotifier::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", microseconds);
}

void ServiceNotifier::stopping() {
  sd_notify(0, "STOPPING=1");
}

void ServiceNotifier::status(const std::string& text) {
  sd_notifyf(0, "STATUS=%s", text.c_str());
}

void ServiceNotifier::alive() {
  sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> ServiceNotifier::watchdog_interval() const {
  std::uint64_t interval = 0;
  if (sd_watchdog_enabled(0, &interval) <= 0) return std::nullopt;
  return std::chrono::microseconds(interval / 2);
}

}  // namespace warp::app
