// The daemon's way down: what was begun is finished, then each part goes before what it uses.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/daemon_impl.h"

namespace warp::app {

asio::awaitable<void> Daemon::Impl::stop_units() {
  co_await recordings.stop();
  co_await housekeeping.stop();
  co_await webhooks.stop();
  co_await live_unit.stop();
  co_await billing.stop();
  co_await simulation.stop();
  co_await imports.stop();
  co_await records.stop();
  co_await charging.stop();
  co_await quality.stop();
  co_await numbers.stop();
}

asio::awaitable<void> Daemon::Impl::shut_down() {
  api.stop();
  co_await status.stop();
  refresher.stop();
  co_await messaging.drained();
  // The last records: on disk first, then to Postgres if it is there.
  journal->flush(std::chrono::seconds(5));
  asio::steady_timer timer(control.context());
  for (int i = 0; i < 100 && journal->backlog() > 0 && pool.healthy(); ++i) {
    timer.expires_after(std::chrono::milliseconds(50));
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (journal->backlog() > 0)
    log.warning("app.records_left", {{"records", journal->backlog()},
                                     {"effect", "they stay in the journal and are sent at the next start"}});
  co_await stop_units();
  if (redis) {
    co_await presence->leave();
    co_await limits.leave();
    co_await redis->close();
  }
  co_await pool.close();
  drained.set_value();
}

// What still runs is told to end before anything that it uses goes.
void Daemon::Impl::stop_threads() {
  if (steering.joinable()) steering.join();
  for (auto& shard : shards)
    shard->stop();
  capture.stop();
  target_health.stop_probes();
  dns.stop();
  messaging.stop();
  if (!control_thread.joinable()) return;
  tasks.cancel();
  tasks.wait(std::chrono::seconds(10));
  control.stop();
  control_thread.join();
}

Daemon::~Daemon() {
  impl_->stop_threads();
  impl_->registrar.part();
}

}  // namespace warp::app
