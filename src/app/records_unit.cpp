#include "app/records_unit.h"

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"
#include "warp/store/outbox.h"
#include "warp/store/record_archive.h"

#include "app/rerate_jobs.h"

namespace warp::app {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kRecordDaysAhead = 7;
// Not in the first minutes: a restart under load has other work.
constexpr std::chrono::minutes kFirstRecordArchive{10}, kRecordArchiveEvery{60};
constexpr std::chrono::seconds kPurgeEvery{30}, kJobsEvery{2};

store::RecordArchiveSettings record_archive_settings(const Config& config) {
  const auto& given = config.record_archive;
  store::RecordArchiveSettings settings;
  settings.folder = given.folder;
  settings.keep = std::chrono::duration_cast<std::chrono::hours>(given.keep);
  settings.keep_files = std::chrono::duration_cast<std::chrono::hours>(given.keep_files);
  settings.delete_files = given.delete_files;
  return settings;
}

}  // namespace

struct RecordsUnit::Impl {
  Impl(const Config& config, const UnitNeeds& needs, store::RecordRepository& repository)
      : control(needs.control),
        clock(needs.clock),
        log(needs.log),
        records(repository),
        outbox(needs.pool),
        archive(needs.pool, record_archive_settings(config), needs.metrics, needs.log),
        rerates(needs.pool, repository, needs.snapshots, config.messaging.node, needs.log) {}

  asio::awaitable<void> make_partitions();
  asio::awaitable<void> tend_archive();
  asio::awaitable<void> purge_outbox();
  asio::awaitable<void> work_on_rerates();

  net::Loop& control;
  const Clock& clock;
  log::Logger& log;
  store::RecordRepository& records;
  store::OutboxRepository outbox;
  store::RecordArchive archive;
  RerateJobs rerates;
};

// A record's day must have its partition before the record comes: looked after every hour.
asio::awaitable<void> RecordsUnit::Impl::make_partitions() {
  asio::steady_timer timer(control.context());
  for (;;) {
    const auto made = co_await records.prepare_days(clock.wall(), kRecordDaysAhead);
    timer.expires_after(made ? std::chrono::seconds(3600) : std::chrono::seconds(5));
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
  }
}

asio::awaitable<void> RecordsUnit::Impl::tend_archive() {
  asio::steady_timer timer(control.context());
  for (auto wait = kFirstRecordArchive;; wait = kRecordArchiveEvery) {
    timer.expires_after(wait);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
    store::RecordArchive::Round done;
    const bool well = co_await archive.round(clock.wall(), done);
    if (well && done.days > 0)
      log.info("app.records_archived", {{"records", done.archived}, {"days", done.days}});
  }
}

asio::awaitable<void> RecordsUnit::Impl::purge_outbox() {
  asio::steady_timer timer(control.context());
  for (;;) {
    timer.expires_after(kPurgeEvery);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
    const auto gone = co_await outbox.purge();
    if (!gone) log.debug("app.outbox_not_purged", {{"error", gone.error().message}});
  }
}

asio::awaitable<void> RecordsUnit::Impl::work_on_rerates() {
  asio::steady_timer timer(control.context());
  for (;;) {
    const bool more = co_await rerates.work_once();
    if (more) continue;
    timer.expires_after(kJobsEvery);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
  }
}

RecordsUnit::RecordsUnit(const Config& config, const UnitNeeds& needs, store::RecordRepository& records)
    : impl_(new Impl(config, needs, records)) {}

RecordsUnit::~RecordsUnit() = default;

void RecordsUnit::start(net::TaskGroup& tasks) {
  tasks.spawn("records.partitions", impl_->make_partitions());
  tasks.spawn("records.archive", impl_->tend_archive());
  tasks.spawn("records.outbox", impl_->purge_outbox());
  tasks.spawn("records.rerates", impl_->work_on_rerates());
}

asio::awaitable<void> RecordsUnit::stop() {
  co_return;
}

}  // namespace warp::app
