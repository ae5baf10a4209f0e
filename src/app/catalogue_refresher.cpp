#include "app/catalogue_refresher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

// Several changes often come together (an API call, an import): one round takes them all.
constexpr std::chrono::milliseconds kCatalogueSettles{20};
constexpr std::chrono::milliseconds kCatalogueRetry{1'000};
// A great catalogue takes seconds to compile.
constexpr std::chrono::milliseconds kAhead{30'000};
constexpr std::chrono::milliseconds kSoonest{1};

asio::awaitable<std::shared_ptr<const routing::Snapshot>> compile_on(
    asio::any_io_executor builder, std::shared_ptr<const domain::Catalogue> catalogue,
    std::shared_ptr<const routing::Snapshot> previous, Currency base, std::optional<WallTime> at = {}) {
  auto body = [](std::shared_ptr<const domain::Catalogue> from,
                 std::shared_ptr<const routing::Snapshot> before, Currency in,
                 std::optional<WallTime> when) -> asio::awaitable<std::shared_ptr<const routing::Snapshot>> {
    const routing::SnapshotLimits limits{.cost_table_octets = std::nullopt, .at = when, .base = in};
    co_return routing::Snapshot::compile(*from, before.get(), limits);
  };
  auto task = body(std::move(catalogue), std::move(previous), base, at);
  co_return co_await asio::co_spawn(builder, std::move(task), asio::use_awaitable);
}

}  // namespace

void Upcoming::plan(const routing::Snapshot& current, WallTime now) {
  next_ = nullptr;
  at_ = current.changes_at();
  // Its moment passed while it was loaded: at once.
  if (at_ <= now) at_ = now;
}

bool Upcoming::wanted(WallTime now, std::chrono::milliseconds ahead) const {
  return at_ != WallTime::max() && !next_ && at_ - now <= ahead;
}

std::shared_ptr<const routing::Snapshot> Upcoming::due(WallTime now) {
  if (!next_ || now < at_) return nullptr;
  return std::exchange(next_, nullptr);
}

std::chrono::milliseconds Upcoming::wait(WallTime now, std::chrono::milliseconds ahead,
                                         std::chrono::milliseconds longest) const {
  if (at_ == WallTime::max()) return longest;
  const auto moment = next_ ? at_ : at_ - ahead;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - now);
  return std::clamp(left, kSoonest, longest);
}

CatalogueRefresher::CatalogueRefresher(const Needs& needs, const std::string& conninfo,
                                       std::chrono::seconds reconcile_interval, Currency base)
    : needs_(needs),
      metrics_(needs.metrics),
      reconcile_interval_(reconcile_interval),
      base_(base),
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
  metrics_.behind(true);
  due_.cancel();
}

// Until `delay` has passed or wake() or stop() ends it.
asio::awaitable<void> CatalogueRefresher::pause(std::chrono::milliseconds delay) {
  due_.expires_after(delay);
  const auto [error] = co_await due_.async_wait(net::kQuietly);
  static_cast<void>(error);
}

asio::awaitable<void> CatalogueRefresher::work() {
  auto reconcile_at = needs_.clock.now();
  while (!stopping_) {
    const auto now = needs_.clock.now();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(reconcile_at - now);
    if (!wanted_ && left > std::chrono::milliseconds::zero()) {
      co_await pause(upcoming_.wait(needs_.clock.wall(), kAhead, left));
      if (stopping_) co_return;
      publish_due();
      if (!wanted_ && upcoming_.wanted(needs_.clock.wall(), kAhead)) co_await compile_ahead();
      continue;
    }
    co_await pause(kCatalogueSettles);
    if (stopping_) co_return;
    reconcile_at = needs_.clock.now() + reconcile_interval_;
    wanted_ = false;
    const bool built = co_await build_once();
    if (built) continue;
    co_await pause(kCatalogueRetry);
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
  const auto snapshot =
      co_await compile_on(builder_.get_executor(), catalogue_, needs_.snapshots.current(), base_);
  needs_.snapshots.publish(snapshot);
  upcoming_.plan(*snapshot, needs_.clock.wall());
  const auto seconds = std::chrono::duration<double>(needs_.clock.now() - began).count();
  record(*snapshot, seconds);
  metrics_.behind(wanted_);
  co_return true;
}

// The same rows, as they will be seen then. A change that is announced meanwhile makes a round of its own.
asio::awaitable<void> CatalogueRefresher::compile_ahead() {
  const auto at = upcoming_.at();
  const auto catalogue = catalogue_;
  auto next = co_await compile_on(builder_.get_executor(), catalogue, needs_.snapshots.current(), base_, at);
  if (catalogue == catalogue_ && at == upcoming_.at()) upcoming_.put(std::move(next));
  publish_due();
}

void CatalogueRefresher::publish_due() {
  const auto now = needs_.clock.wall();
  const auto next = upcoming_.due(now);
  if (!next) return;
  needs_.snapshots.publish(next);
  needs_.log.info("app.snapshot_followed_time", {{"version", next->version()}});
  upcoming_.plan(*next, now);
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
