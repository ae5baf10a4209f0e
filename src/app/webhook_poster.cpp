#include "app/webhook_poster.h"

#include <stdexcept>

#include "warp/http/url.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kName = "warp_sms_webhooks_total";
constexpr std::string_view kHelp = "Webhooks posted, by what became of them.";
constexpr std::chrono::seconds kEndOfLookUps{60};

std::unique_ptr<http::Client> make_client(http::ClientSettings settings) {
  auto client = http::Client::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see messaging.webhooks.ca_file");
  return std::move(*client);
}

net::TaskGroup::ExceptionHandler report_to(log::Logger& log) {
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
      taken_(metrics.counter(kName, kHelp, {{"result", "taken"}})),
      refused_(metrics.counter(kName, kHelp, {{"result", "refused"}})),
      seconds_(metrics.histogram("warp_sms_webhook_seconds",
                                 "Time that one webhook took, whatever came of it.",
                                 {.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30})),
      client_(make_client(std::move(settings))),
      loop_("webhooks", clock, metrics),
      tasks_(loop_.context().get_executor(), report_to(log)) {
  for (std::size_t i = 0; i < failed_.size(); ++i)
    failed_[i] = &metrics.counter(
        kName, kHelp, {{"result", std::string(http::to_string(static_cast<http::ClientError>(i)))}});
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
  tasks_.wait(kEndOfLookUps);
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
