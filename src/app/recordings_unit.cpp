#include "app/recordings_unit.h"

#include <boost/asio/steady_timer.hpp>

#include "warp/net/quietly.h"

#include "app/recording_desk.h"
#include "app/recording_upload.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kTendEvery = 60s, kUploadEvery = 10s, kRetryRow = 1s, kLongestUploadWait = 3'600s;
constexpr auto kLastLook = 50ms;
constexpr int kLastLooks = 60;
constexpr std::uint32_t kFilesAtOnce = 100, kUploadsAtOnce = 10;

recording::Settings recorder_settings(const RecordingsConfig& config) {
  recording::Settings out;
  out.folder = config.folder;
  out.quota_octets = config.quota;
  out.least_free_octets = config.least_free;
  if (!config.key_file.empty()) out.key_file = config.key_file;
  return out;
}

// 30 s, a minute, two … an hour.
std::chrono::seconds wait_after(std::uint32_t tries) {
  return std::min<std::chrono::seconds>(kLongestUploadWait, 30s * (1u << std::min(tries, 8u)));
}

}  // namespace

struct RecordingsUnit::Impl {
  Impl(const Config& config, const UnitNeeds& given)
      : settings(config.recordings),
        node(config.messaging.node),
        needs(given),
        recordings(given.pool),
        desk({recorder_settings(config.recordings), node, std::chrono::days(config.recordings.retention_days),
              given.clock, given.log, given.metrics, [this] { poke(book_timer); },
              [this] { poke(tend_timer); }}),
        upload(config.recordings.upload),
        book_timer(given.control.context()),
        tend_timer(given.control.context()),
        upload_timer(given.control.context()),
        uploaded(given.metrics.counter("warp_recording_uploads_total",
                                       "Files of recordings that were uploaded, by outcome.",
                                       {{"outcome", "done"}})),
        not_uploaded(given.metrics.counter("warp_recording_uploads_total",
                                           "Files of recordings that were uploaded, by outcome.",
                                           {{"outcome", "failed"}})) {
    desk.adopt();
  }

  // Any thread; the timers are the control loop's.
  void poke(asio::steady_timer& timer) {
    needs.control.post([&timer] { timer.cancel(); });
  }
  asio::awaitable<bool> write_one();
  asio::awaitable<void> keep_book();
  asio::awaitable<void> tend();
  asio::awaitable<void> tend_once();
  asio::awaitable<void> run_uploads();
  asio::awaitable<void> upload_one(const store::Recording* row);

  const RecordingsConfig settings;
  const std::string node;
  UnitNeeds needs;
  store::RecordingRepository recordings;
  RecordingDesk desk;
  RecordingUpload upload;
  asio::steady_timer book_timer, tend_timer, upload_timer;
  metrics::Counter &uploaded, &not_uploaded;
  bool stopping = false, writing = false;
};

// The oldest entry of the book. False: there is none, or the database is away.
asio::awaitable<bool> RecordingsUnit::Impl::write_one() {
  const auto entry = desk.next();
  if (!entry || writing) co_return false;
  writing = true;
  auto task = entry->finished ? recordings.ended(entry->row) : recordings.begun(entry->row);
  const auto done = co_await std::move(task);
  writing = false;
  if (done) {
    desk.written(*entry);
    co_return true;
  }
  const auto kind = done.error().kind;
  if (kind == store::ErrorKind::Unavailable || kind == store::ErrorKind::Unknown) co_return false;
  needs.log.error("recordings.row_refused",
                  {{"recording", entry->row.id}, {"call", entry->row.call}, {"error", done.error().message}});
  desk.skip();
  co_return true;
}

asio::awaitable<void> RecordingsUnit::Impl::keep_book() {
  while (!stopping) {
    auto writing_one = write_one();
    if (co_await std::move(writing_one)) continue;
    book_timer.expires_after(kRetryRow);
    const auto [error] = co_await book_timer.async_wait(net::kQuietly);
    static_cast<void>(error);
  }
}

asio::awaitable<void> RecordingsUnit::Impl::tend_once() {
  auto expiring = recordings.expire(node, settings.uploads());
  const auto expired = co_await std::move(expiring);
  if (!expired) co_return;
  for (;;) {
    auto asking =
        recordings.to_remove(node, settings.uploads() && settings.upload.delete_after, kFilesAtOnce);
    const auto rows = co_await std::move(asking);
    if (!rows) co_return;
    for (const auto& row : *rows) {
      if (!desk.remove(row.file)) {
        needs.log.error("recordings.not_removed", {{"recording", row.id}, {"file", row.file}});
        co_return;
      }
      auto noting = recordings.removed(row.id);
      const auto noted = co_await std::move(noting);
      if (!noted) co_return;
    }
    if (rows->size() < kFilesAtOnce) co_return;
  }
}

asio::awaitable<void> RecordingsUnit::Impl::tend() {
  while (!stopping) {
    auto round = tend_once();
    co_await std::move(round);
    tend_timer.expires_after(kTendEvery);
    const auto [error] = co_await tend_timer.async_wait(net::kQuietly);
    static_cast<void>(error);
  }
}

asio::awaitable<void> RecordingsUnit::Impl::upload_one(const store::Recording* row) {
  auto sending = upload.send(desk.path_of(row->file), row->id.to_string());
  const auto problem = co_await std::move(sending);
  if (problem.empty()) {
    uploaded.add();
    auto noting = recordings.uploaded(row->id);
    const auto noted = co_await std::move(noting);
    if (noted && settings.upload.delete_after) tend_timer.cancel();
    co_return;
  }
  not_uploaded.add();
  needs.log.warning("recordings.not_uploaded", {{"recording", row->id}, {"error", problem}});
  auto noting = recordings.not_uploaded(row->id, problem, wait_after(row->upload_tries));
  const auto noted = co_await std::move(noting);
  static_cast<void>(noted);
}

asio::awaitable<void> RecordingsUnit::Impl::run_uploads() {
  while (!stopping) {
    auto asking = recordings.to_upload(node, kUploadsAtOnce);
    const auto rows = co_await std::move(asking);
    for (std::size_t i = 0; rows && i < rows->size() && !stopping; ++i) {
      auto one = upload_one(&(*rows)[i]);
      co_await std::move(one);
    }
    if (rows && rows->size() == kUploadsAtOnce) continue;
    upload_timer.expires_after(kUploadEvery);
    const auto [error] = co_await upload_timer.async_wait(net::kQuietly);
    static_cast<void>(error);
  }
}

RecordingsUnit::RecordingsUnit(const Config& config, const UnitNeeds& needs) {
  if (!config.recordings.folder.empty()) impl_ = std::make_unique<Impl>(config, needs);
}

RecordingsUnit::~RecordingsUnit() = default;

domain::RecordingPort* RecordingsUnit::port() {
  return impl_ ? &impl_->desk : nullptr;
}

api::RecordingFiles* RecordingsUnit::files() {
  return impl_ ? &impl_->desk : nullptr;
}

void RecordingsUnit::start(net::TaskGroup& tasks) {
  if (!impl_) return;
  tasks.spawn("recordings.book", impl_->keep_book());
  tasks.spawn("recordings.tend", impl_->tend());
  if (impl_->settings.uploads()) tasks.spawn("recordings.upload", impl_->run_uploads());
}

asio::awaitable<void> RecordingsUnit::stop() {
  if (!impl_) co_return;
  impl_->stopping = true;
  for (auto* timer : {&impl_->book_timer, &impl_->tend_timer, &impl_->upload_timer})
    timer->cancel();
  asio::steady_timer timer(impl_->needs.control.context());
  for (int look = 0; look < kLastLooks && (impl_->desk.running() > 0 || impl_->desk.next()); ++look) {
    auto writing_one = impl_->write_one();
    if (co_await std::move(writing_one)) continue;
    timer.expires_after(kLastLook);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace warp::app
