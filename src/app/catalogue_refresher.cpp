#include "app/catalogue_refresher.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::app {
namespace {

namespace asio = boost::asio;

// Several changes often come together (an API call, an import): one round takes them all.
constexpr auto kQuietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kSettle{20};
constexpr std::chrono::milliseconds kRetry{1'000};

asio::awaitable<std::shared_ptr<const routing::Snapshot>> compile_on(
    asio::any_io_executor builder, std::shared_ptr<const domain::Catalogue> catalogue,
    std::shared_ptr<const routing::Snapshot> previous) {
  auto body = [](std::shared_ptr<const domain::Catalogue> from,
                 std::shared_ptr<const routing::Snapshot> before)
      -> asio::awaitable<std::shared_ptr<const routing::Snapshot>> {
    co_return routing::Snapshot::compile(*from, before.get());
  };
  auto task = body(std::move(catalogue), std::move(previous));
  co_return co_await asio::co_spawn(builder, std::move(task), asio::use_awaitable);
}

}  // namespace

CatalogueRefresher::CatalogueRefresher(const Needs& needs, const std::string& conninfo,
                                       std::chrono::seconds reconcile_interval)
    : needs_(needs),
      metrics_(needs.metrics),
      reconcile_interval_(reconcile_interval),
      due_(needs.control.context()),
      listener_(needs.control.context().get_executor(),
                {.conninfo = conninfo, .channels = {"warp_catalogue"}},
                {.on_notify = [this](std::string_view, std::string_view) { wake(); },
                 .on_connect = [this] { wake(); }},
                needs.metrics, needs.log) {
  needs.metrics.on_scrape([this] {
    if (const auto snapshot = needs_.snapshots.current())
      metrics_.age(std::chrono::duration<double>(needs_.clock.wall() - snapshot->loaded_at()).count());
  });
}

CatalogueRefresher::~CatalogueRefresher() {
  builder_.stop();
  builder_.join();
}

void CatalogueRefresher::start(net::TaskGroup& tasks) {
  listener_.start();
  tasks.spawn("catalogue", work());
}

void CatalogueRefresher::stop() {
  stopping_ = true;
  listener_.stop();
  due_.cancel();
}

void CatalogueRefresher::wake() {
  wanted_ = true;
  due_.cancel();
}

// Until `delay` has passed or wake() or stop() ends it.
asio::awaitable<void> CatalogueRefresher::pause(std::chrono::milliseconds delay) {
  due_.expires_after(delay);
  const auto [error] = co_await due_.async_wait(kQuietly);
  static_cast<void>(error);
}

asio::awaitable<void> CatalogueRefresher::work() {
  while (!stopping_) {
    if (!wanted_) co_await pause(reconcile_interval_);
    if (stopping_) co_return;
    co_await pause(kSettle);
    wanted_ = false;
    const bool built = co_await build_once();
    if (built) continue;
    co_await pause(kRetry);
    wanted_ = true;
  }
}

asio::awaitable<bool> CatalogueRefresher::build_once() {
  const auto began = needs_.clock.now();
  auto loaded = co_await needs_.repository.load(catalogue_);
  if (!loaded) {
    const auto& error = loaded.error();
    metrics_.failed();
    // Once an outage: the retries would fill the log.
    if (!std::exchange(failing_, true))
      needs_.log.warning("app.catalogue_load_failed", {{"kind", to_string(error.kind)},
                                                       {"error", error.message},
                                                       {"effect", "calls go on with the last snapshot"}});
    co_return false;
  }
  if (std::exchange(failing_, false)) needs_.log.info("app.catalogue_load_recovered");
  catalogue_ = *loaded;
  const auto snapshot = co_await compile_on(builder_.get_executor(), catalogue_, needs_.snapshots.current());
  needs_.snapshots.publish(snapshot);
  const auto seconds = std::chrono::duration<double>(needs_.clock.now() - began).count();
  record(*snapshot, seconds);
  co_return true;
}

void CatalogueRefresher::record(const routing::Snapshot& snapshot, double seconds) {
  metrics_.built(snapshot, seconds);
  const auto counts = snapshot.counts();
  needs_.log.info("app.snapshot_published", {{"version", snapshot.version()},
                                             {"trunks", counts.trunks},
                                             {"routes", counts.routes},
                                             {"rates", counts.rates},
                                             {"seconds", seconds}});
}

}  // namespace warp::app
