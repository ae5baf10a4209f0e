// WebhookPoster: messaging's webhooks over HTTP, on a loop and a thread of its own, so that neither
// handshakes nor look-ups of customers' names hold up a session.
//
// Only public https targets unless the configuration says otherwise; nobody follows a redirect: it is a
// refusal like any status but 2xx. Answers come back on `home`.
// Metrics: warp_sms_webhooks_total{result}, warp_sms_webhook_seconds.
#pragma once

#include <array>
#include <memory>
#include <thread>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/http/client.h"
#include "warp/messaging/ports.h"
#include "warp/net/loop.h"
#include "warp/net/task_group.h"

#include "app/health.h"

namespace warp::app {

class WebhookPoster final : public messaging::WebhookSender {
 public:
  // Throws std::runtime_error with a sentence for people when the authorities' certificates cannot be read.
  WebhookPoster(http::ClientSettings settings, Executor& home, const Clock& clock, log::Logger& log,
                metrics::Registry& metrics);
  ~WebhookPoster() override;

  void watch(Health& health) { health.watch("webhooks", loop_); }
  void run();  // makes the thread
  // Breaks off what is under way and joins the thread; not on the loop itself. Look-ups that hang keep it for
  // as long as the system's resolver does.
  void stop();

  void post(messaging::Webhook webhook, std::function<void(int status)> done) override;

 private:
  using Done = std::function<void(int status)>;
  boost::asio::awaitable<void> deliver(http::ClientRequest request, Done done);
  void count(const Result<http::ClientResponse, http::ClientError>& answer, Monotonic began);

  static constexpr std::size_t kErrors = static_cast<std::size_t>(http::ClientError::TooLarge) + 1;

  Executor& home_;
  const Clock& clock_;
  log::Logger& log_;
  metrics::Counter& taken_;
  metrics::Counter& refused_;
  std::array<metrics::Counter*, kErrors> failed_{};
  metrics::Histogram& seconds_;
  std::unique_ptr<http::Client> client_;
  net::Loop loop_;
  net::TaskGroup tasks_;
  std::thread thread_;
};

}  // namespace warp::app
