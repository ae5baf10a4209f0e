#include "app/webhook_poster.h"

#include "warp/http/url.h"

#include "app/messaging_http.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kWebhooks = "warp_sms_webhooks_total";
constexpr std::string_view kWebhooksHelp = "Webhooks posted, by what became of them.";
constexpr std::chrono::seconds kEndOfPosts{60};

net::TaskGroup::ExceptionHandler report_webhooks(log::Logger& log) {
  return [&log](std::string_view, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      log.error("app.webhook_broke", {{"error", e.what()}});
    }
  };
}

}  // namespace

WebhookPoster::WebhookPoster(http::ClientSettings settings, Executor& home, const Clock& clock,
                             log::Logger& log, metrics::Registry& metrics)
    : home_(home),
      clock_(clock),
      log_(log),
      taken_(metrics.counter(kWebhooks, kWebhooksHelp, {{"result", "taken"}})),
      refused_(metrics.counter(kWebhooks, kWebhooksHelp, {{"result", "refused"}})),
      seconds_(metrics.histogram("warp_sms_webhook_seconds",
                                 "Time that one webhook took, whatever came of it.",
                                 {.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30})),
      client_(make_messaging_client(std::move(settings))),
      loop_("webhooks", clock, metrics),
      tasks_(loop_.context().get_executor(), report_webhooks(log)) {
  for (std::size_t i = 0; i < failed_.size(); ++i)
    failed_[i] =
        &metrics.counter(kWebhooks, kWebhooksHelp,
                         {{"result", std::string(http::to_string(static_cast<http::ClientError>(i)))}});
}

WebhookPoster::~WebhookPoster() {
  stop();
}

void WebhookPoster::run() {
  thread_ = std::thread([this] { loop_.run(); });
}

void WebhookPoster::stop() {
  if (!thread_.joinable()) return;
  tasks_.cancel();
  tasks_.wait(kEndOfPosts);
  loop_.stop();
  thread_.join();
}

void WebhookPoster::post(messaging::Webhook webhook, Done done) {
  http::ClientRequest request;
  request.url = std::move(webhook.url);
  request.body = std::move(webhook.body);
  for (const auto& [name, value] : webhook.headers)
    request.headers.set(name, value);
  auto task = deliver(std::move(request), done);
  if (!tasks_.spawn("webhook", std::move(task))) home_.post([done = std::move(done)] { done(0); });
}

asio::awaitable<void> WebhookPoster::deliver(http::ClientRequest request, Done done) {
  const auto began = clock_.now();
  // Not the whole address: its path and query may hold what only the customer may know.
  const auto url = http::Url::parse(request.url);
  const auto host = url ? url->authority() : std::string("?");
  auto sending = client_->send(std::move(request));
  const auto answer = co_await std::move(sending);
  count(answer, began);
  if (!answer)
    log_.info("messaging.webhook_failed", {{"host", host}, {"error", http::to_string(answer.error())}});
  const int status = answer ? static_cast<int>(answer->status) : 0;
  home_.post([done = std::move(done), status] { done(status); });
}

void WebhookPoster::count(const Result<http::ClientResponse, http::ClientError>& answer, Monotonic began) {
  seconds_.observe(std::chrono::duration<double>(clock_.now() - began).count());
  if (!answer)
    failed_[static_cast<std::size_t>(answer.error())]->add();
  else if (answer->status >= 200 && answer->status < 300)
    taken_.add();
  else
    refused_.add();
}

}  // namespace warp::app
