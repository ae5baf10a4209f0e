#include "app/directory_refresher.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using DirectoryPointer = std::shared_ptr<const messaging::Directory>;

// Several changes often come together: one round takes them all.
constexpr std::chrono::milliseconds kDirectorySettles{20};
// Between the end of a round and the next one.
constexpr std::chrono::milliseconds kDistance{250};
constexpr std::chrono::milliseconds kDirectoryRetry{1'000};
constexpr std::string_view kLoads = "warp_sms_directory_loads_total";
constexpr std::string_view kLoadsHelp = "Readings of what is provisioned for messaging.";

asio::awaitable<DirectoryPointer> compile(std::shared_ptr<const domain::MessagingCatalogue> from) {
  co_return std::make_shared<const messaging::Directory>(*from);
}

asio::awaitable<DirectoryPointer> compile_on(asio::any_io_executor builder,
                                             std::shared_ptr<const domain::MessagingCatalogue> catalogue) {
  auto task = compile(std::move(catalogue));
  co_return co_await asio::co_spawn(builder, std::move(task), asio::use_awaitable);
}

}  // namespace

DirectoryRefresher::DirectoryRefresher(const Needs& needs, const std::string& conninfo,
                                       std::chrono::seconds reconcile_interval, Publish publish)
    : needs_(needs),
      repository_(needs.pool),
      reconcile_interval_(reconcile_interval),
      publish_(std::move(publish)),
      loaded_(needs.metrics.counter(kLoads, kLoadsHelp, {{"result", "ok"}})),
      failed_(needs.metrics.counter(kLoads, kLoadsHelp, {{"result", "failed"}})),
      age_(needs.metrics.gauge("warp_sms_directory_age_seconds",
                               "Time since what is provisioned for messaging was read last.")),
      due_(needs.control.context()),
      listener_(needs.control.context().get_executor(),
                {.conninfo = conninfo, .channels = {"warp_messaging"}},
                {.on_notify = [this](std::string_view, std::string_view) { wake(); },
                 .on_connect = [this] { wake(); }},
                needs.metrics, needs.log) {
  needs.metrics.on_scrape([this] {
    const Monotonic at{Monotonic::duration(loaded_at_.load(std::memory_order_relaxed))};
    if (at != Monotonic{}) age_.set(std::chrono::duration<double>(needs_.clock.now() - at).count());
  });
}

DirectoryRefresher::~DirectoryRefresher() {
  builder_.stop();
  builder_.join();
}

void DirectoryRefresher::start(net::TaskGroup& tasks) {
  listener_.start();
  tasks.spawn("messaging.directory", work());
}

void DirectoryRefresher::stop() {
  stopping_ = true;
  listener_.stop();
  due_.cancel();
}

void DirectoryRefresher::wake() {
  wanted_ = true;
  if (!resting_) due_.cancel();
}

// Until `delay` has passed or wake() or stop() ends it.
asio::awaitable<void> DirectoryRefresher::pause(std::chrono::milliseconds delay) {
  due_.expires_after(delay);
  const auto [error] = co_await due_.async_wait(net::kQuietly);
  static_cast<void>(error);
}

asio::awaitable<void> DirectoryRefresher::work() {
  while (!stopping_) {
    if (!wanted_) co_await pause(reconcile_interval_);
    if (stopping_) co_return;
    resting_ = true;
    co_await pause(kDirectorySettles);
    if (stopping_) co_return;
    wanted_ = false;
    const bool loaded = co_await load_once();
    if (stopping_) co_return;
    co_await pause(loaded ? kDistance : kDirectoryRetry);
    resting_ = false;
    if (!loaded) wanted_ = true;
  }
}

asio::awaitable<bool> DirectoryRefresher::load_once() {
  const auto began = needs_.clock.now();
  auto catalogue = co_await repository_.load();
  if (!catalogue) {
    failed_.add();
    // Once an outage: the retries would fill the log.
    if (!std::exchange(failing_, true))
      needs_.log.warning("app.messaging_load_failed", {{"kind", to_string(catalogue.error().kind)},
                                                       {"error", catalogue.error().message},
                                                       {"effect", "messages go on with what was read last"}});
    co_return false;
  }
  if (std::exchange(failing_, false)) needs_.log.info("app.messaging_load_recovered");
  auto compiling = compile_on(builder_.get_executor(), *catalogue);
  auto directory = co_await std::move(compiling);
  loaded_.add();
  loaded_at_.store(began.time_since_epoch().count(), std::memory_order_relaxed);
  const auto& rows = directory->catalogue();
  needs_.log.debug("app.directory_published", {{"connectors", rows.connectors.size()},
                                               {"esmes", rows.esmes.size()},
                                               {"routes", rows.routes.size()},
                                               {"rates", rows.rates.size()}});
  if (!stopping_) publish_(std::move(directory));
  co_return true;
}

}  // namespace warp::app
