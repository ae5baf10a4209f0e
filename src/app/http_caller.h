// HttpCaller: messaging's calls of providers' APIs and of the files that they name, on a loop and a thread of
// its own: a provider that is slow holds up neither sessions nor customers' webhooks.
//
// What the operator named (trusted) may be on private addresses, and plain when the configuration says so;
// for the rest the address rules of webhooks hold. Answers come back on `home`.
// Metrics: warp_sms_provider_calls_total{result}, warp_sms_provider_seconds.
#pragma once

#include <array>
#include <memory>
#include <thread>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/http/client.h"
#include "warp/messaging/http_caller.h"
#include "warp/net/loop.h"
#include "warp/net/task_group.h"

#include "app/health.h"

namespace warp::app {

struct HttpCallerSettings {
  http::ClientSettings trusted, strangers;
};

class HttpCaller final : public messaging::HttpCaller {
 public:
  // Throws std::runtime_error with a sentence for people when the authorities' certificates cannot be read.
  HttpCaller(HttpCallerSettings settings, Executor& home, const Clock& clock, log::Logger& log,
             metrics::Registry& metrics);
  ~HttpCaller() override;

  void watch(Health& health) { health.watch("providers", loop_); }
  void run();   // makes the thread
  void stop();  // as WebhookPoster's

  void call(messaging::HttpCall call, std::function<void(messaging::HttpAnswer)> done) override;

 private:
  using Done = std::function<void(messaging::HttpAnswer)>;
  boost::asio::awaitable<void> carry(messaging::HttpCall call, Done done);
  boost::asio::awaitable<messaging::HttpAnswer> ask(messaging::HttpCall call);

  Executor& home_;
  const Clock& clock_;
  metrics::Counter& answered_;
  metrics::Counter& failed_;
  metrics::Counter& silent_;
  metrics::Histogram& seconds_;
  std::unique_ptr<http::Client> trusted_, strangers_;
  net::Loop loop_;
  net::TaskGroup tasks_;
  std::thread thread_;
};

}  // namespace warp::app
