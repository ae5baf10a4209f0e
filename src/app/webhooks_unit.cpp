#include "app/webhooks_unit.h"

#include <memory>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/base/random.h"
#include "warp/http/client.h"
#include "warp/net/quietly.h"
#include "warp/pg/listener.h"
#include "warp/webhooks/pump.h"
#include "warp/webhooks/worker.h"

namespace warp::app {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kPumpEvery{250}, kPumpAfterFault{2'000}, kWorkEvery{1'000};
constexpr std::chrono::seconds kGaugeEvery{15};

std::unique_ptr<http::Client> make_client(const WebhooksConfig& config) {
  http::ClientSettings settings;
  settings.plain = config.allow_http;
  settings.private_targets = config.allow_private;
  settings.ca_file = config.ca_file;
  settings.timeout = config.timeout;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  auto client = http::Client::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see webhooks.ca_file");
  return std::move(*client);
}

pg::ListenerSettings listener_settings(const std::string& conninfo) {
  pg::ListenerSettings settings;
  settings.conninfo = conninfo;
  settings.channels = {"warp_webhooks"};
  return settings;
}

}  // namespace

struct WebhooksUnit::Impl {
  Impl(const Config& config, const std::string& conninfo, const UnitNeeds& needs);

  asio::awaitable<void> run_pump();
  asio::awaitable<void> run_worker();
  asio::awaitable<void> run_gauge();
  webhooks::WorkerSettings worker_settings();
  void wake();

  const WebhooksConfig settings;
  const std::string node;
  UnitNeeds needs;
  SecureIdSource ids;
  std::unique_ptr<http::Client> client;
  webhooks::Pump pump;
  store::WebhookQueue queue;
  std::unique_ptr<webhooks::Worker> worker;  // from start() on
  pg::Listener listener;
  const webhooks::WorkerMetrics worker_metrics;  // there before there is work
  metrics::Gauge& waiting;
  asio::steady_timer pump_timer, work_timer, gauge_timer;
  bool woken = false;  // work came while the worker was not waiting
  bool stopping = false;
};

WebhooksUnit::Impl::Impl(const Config& config, const std::string& conninfo, const UnitNeeds& given)
    : settings(config.webhooks),
      node(config.messaging.node),
      needs(given),
      client(make_client(config.webhooks)),
      pump(given.pool),
      queue(given.pool),
      listener(given.control.context().get_executor(), listener_settings(conninfo),
               {[this](std::string_view, std::string_view) { wake(); }, [this] { wake(); }}, given.metrics,
               given.log),
      worker_metrics(given.metrics),
      waiting(given.metrics.gauge("warp_webhooks_waiting",
                                  "Webhooks that are to be told still, of all nodes, at the last look.")),
      pump_timer(given.control.context()),
      work_timer(given.control.context()),
      gauge_timer(given.control.context()) {}

void WebhooksUnit::Impl::wake() {
  woken = true;
  work_timer.cancel();
}

// Two processes of one configured name are two who take deliveries.
webhooks::WorkerSettings WebhooksUnit::Impl::worker_settings() {
  webhooks::WorkerSettings out;
  out.name = node + "/" + ids.hex(8);
  out.at_once = settings.at_once;
  return out;
}

asio::awaitable<void> WebhooksUnit::Impl::run_pump() {
  bool subscribed = false;
  while (!stopping) {
    if (!subscribed) {
      auto subscribing = pump.subscribe();
      const auto done = co_await std::move(subscribing);
      subscribed = done.has_value();
    }
    auto pumping = pump.once();
    const auto round = co_await std::move(pumping);
    if (!round) {
      needs.log.debug("webhooks.not_pumped", {{"error", round.error().message}});
      subscribed = subscribed && round.error().kind != store::ErrorKind::NotFound;
    }
    if (round && round->deliveries > 0) wake();
    if (round && round->more) continue;
    pump_timer.expires_after(round ? kPumpEvery : kPumpAfterFault);
    const auto [error] = co_await pump_timer.async_wait(net::kQuietly);
    if (error) co_return;
  }
}

asio::awaitable<void> WebhooksUnit::Impl::run_worker() {
  while (!stopping) {
    woken = false;
    auto working = worker->work_once();
    const auto begun = co_await std::move(working);
    if (begun > 0 || woken) continue;
    work_timer.expires_after(kWorkEvery);
    const auto [error] = co_await work_timer.async_wait(net::kQuietly);
    if (error && !woken) co_return;
  }
}

asio::awaitable<void> WebhooksUnit::Impl::run_gauge() {
  while (!stopping) {
    auto counting = queue.waiting();
    const auto count = co_await std::move(counting);
    if (count) waiting.set(static_cast<double>(*count));
    gauge_timer.expires_after(kGaugeEvery);
    const auto [error] = co_await gauge_timer.async_wait(net::kQuietly);
    if (error) co_return;
  }
}

WebhooksUnit::WebhooksUnit(const Config& config, const std::string& conninfo, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, conninfo, needs)) {}

WebhooksUnit::~WebhooksUnit() = default;

void WebhooksUnit::start(net::TaskGroup& tasks) {
  if (!impl_->settings.enabled) return;
  auto& impl = *impl_;
  impl.worker = std::make_unique<webhooks::Worker>(
      webhooks::Worker::Needs{impl.needs.pool, *impl.client, tasks, impl.needs.clock, impl.ids,
                              impl.needs.log, impl.needs.metrics},
      impl.worker_settings(), [&impl] { impl.wake(); });
  impl.listener.start();
  tasks.spawn("webhooks.pump", impl.run_pump());
  tasks.spawn("webhooks.work", impl.run_worker());
  tasks.spawn("webhooks.gauge", impl.run_gauge());
}

boost::asio::awaitable<void> WebhooksUnit::stop() {
  impl_->stopping = true;
  impl_->listener.stop();
  impl_->pump_timer.cancel();
  impl_->work_timer.cancel();
  impl_->gauge_timer.cancel();
  co_return;
}

}  // namespace warp::app
