// Listener: one connection that LISTENs, for as long as it lives.
//
// `on_notify` is called for each notification; `on_connect` each time the connection has been (re)made and
// LISTEN is in force: what was notified in between is lost, so the callee reloads. Both run on the executor
// given. The connection is probed every `probe`, so that a silent loss is found.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"

namespace warp::pg {

struct ListenerSettings {
  std::string conninfo;
  std::vector<std::string> channels;  // lower-case identifiers
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds backoff_min{50}, backoff_max{1000};
  std::chrono::milliseconds probe{15000};
};

class Listener {
 public:
  struct Handlers {
    std::function<void(std::string_view channel, std::string_view payload)> on_notify;
    std::function<void()> on_connect;
  };
  Listener(boost::asio::any_io_executor executor, ListenerSettings settings, Handlers handlers,
           metrics::Registry& metrics, log::Logger& log);
  ~Listener();  // no handler is called once stop() or this has returned, when on the executor's thread
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  void stop();
  bool connected() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with its pending waits
};

}  // namespace warp::pg
