#include "warp/webhooks/worker.h"

#include <algorithm>

#include "warp/http/url.h"
#include "warp/webhooks/schedule.h"

namespace warp::webhooks {

using store::WebhookQueue;

WorkerMetrics::WorkerMetrics(metrics::Registry& registry)
    : delivered(registry.counter("warp_webhooks_delivered_total", "Webhooks that their endpoint took.")),
      failed(registry.counter("warp_webhooks_failed_total",
                              "Attempts at webhooks that failed and are made again.")),
      dead(registry.counter("warp_webhooks_dead_total", "Webhooks that were given up.")),
      seconds(registry.histogram("warp_webhooks_seconds", "Time of one attempt, whatever came of it.",
                                 {.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30})),
      at_work(registry.gauge("warp_webhooks_under_way", "Attempts at webhooks that this node makes now.")) {}

Worker::Worker(Needs needs, WorkerSettings settings, std::function<void()> on_free)
    : queue_(needs.pool),
      sender_(needs.client, needs.clock),
      tasks_(needs.tasks),
      ids_(needs.ids),
      log_(needs.log),
      settings_(std::move(settings)),
      on_free_(std::move(on_free)),
      metrics_(needs.metrics) {}

boost::asio::awaitable<std::size_t> Worker::work_once() {
  const auto room = settings_.at_once - std::min<std::size_t>(under_way_, settings_.at_once);
  if (room == 0) co_return 0;
  auto taking =
      queue_.take(settings_.name, static_cast<std::uint32_t>(room), settings_.of_one, settings_.hold);
  auto taken = co_await std::move(taking);
  if (!taken) {
    log_.debug("webhooks.not_taken", {{"error", taken.error().message}});
    co_return 0;
  }
  for (auto& due : *taken) {
    ++under_way_;
    auto task = tell(std::move(due));
    if (!tasks_.spawn("webhooks.tell", std::move(task))) --under_way_;  // the end is near: its hold ends, too
  }
  metrics_.at_work.set(static_cast<double>(under_way_));
  co_return taken->size();
}

void Worker::count(const WebhookQueue::Attempt& attempt, const std::string& state) {
  metrics_.seconds.observe(std::chrono::duration<double>(attempt.took).count());
  if (attempt.outcome == WebhookQueue::Outcome::Delivered)
    metrics_.delivered.add();
  else if (state == "dead")
    metrics_.dead.add();
  else
    metrics_.failed.add();
}

boost::asio::awaitable<void> Worker::tell(WebhookQueue::Due due) {
  // Not the whole address: its path and query may hold what only the customer may know.
  const auto url = http::Url::parse(due.url);
  const auto host = url ? url->authority() : std::string("?");
  const auto attempts = due.attempts + 1;
  auto sending = sender_.send(std::move(due));
  auto attempt = co_await std::move(sending);
  if (attempt.outcome == WebhookQueue::Outcome::Failed) attempt.again = delay_after(attempts, ids_.next64());
  auto finishing = queue_.finish(settings_.name, attempt);
  const auto state = co_await std::move(finishing);
  count(attempt, state ? *state : std::string());
  if (!state)
    log_.warning("webhooks.not_marked", {{"delivery", attempt.delivery},
                                         {"error", state.error().message},
                                         {"effect", "it is made again with the same id"}});
  else if (attempt.outcome != WebhookQueue::Outcome::Delivered)
    log_.info("webhooks.failed", {{"host", host},
                                  {"status", attempt.status.value_or(0)},
                                  {"error", attempt.error},
                                  {"delivery", *state}});
  --under_way_;
  metrics_.at_work.set(static_cast<double>(under_way_));
  if (on_free_) on_free_();
}

}  // namespace warp::webhooks
