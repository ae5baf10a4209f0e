#include "warp/records/shipper.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/records/record_codec.h"

namespace warp::records {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

std::string message_of(int error) {
  return std::generic_category().message(error);
}

}  // namespace

Shipper::Shipper(Journal& journal, RecordWriter& writer, const Clock& clock, const ShipperSettings& settings,
                 metrics::Registry& metrics, log::Logger& log)
    : journal_(journal),
      writer_(writer),
      clock_(clock),
      settings_(settings),
      log_(log),
      shipped_(metrics.counter("warp_records_shipped_total", "Final records put into Postgres.")),
      failures_(metrics.counter("warp_records_ship_failures_total",
                                "Batches that could not be put into Postgres and are tried again.")),
      dead_(metrics.counter("warp_records_dead_letters_total",
                            "Final records set aside because Postgres refuses what they say.")),
      lag_(metrics.gauge("warp_records_ship_lag_seconds",
                         "Age of the oldest record that is not in Postgres.")),
      backoff_(settings.backoff_min) {}

asio::awaitable<void> Shipper::run() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    const auto wait = co_await ship_once();
    timer.expires_after(wait);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<milliseconds> Shipper::ship_once() {
  const auto from = journal_.shipped();
  auto found = journal_.read_finals(from, settings_.batch);
  if (!found) co_return back_off(message_of(static_cast<int>(found.error())));
  const std::size_t count = found->records.size() + found->undecodable.size();
  if (count == 0) {
    // A new segment is worth a mark, so that the old one can go; heartbeats are not.
    if (found->next.segment != from.segment) (void)journal_.mark_shipped(found->next, 0);
    idle_.store(true, std::memory_order_relaxed);
    lag_.set(0);
    co_return settings_.interval;
  }
  idle_.store(false, std::memory_order_relaxed);
  lag_.set(std::chrono::duration<double>(clock_.wall() - found->oldest).count());
  for (const auto& bytes : found->undecodable)
    if (!bury(peek_id(bytes).to_string(), bytes, "this release cannot read it"))
      co_return back_off("dead letter could not be written");
  const Batch batch = std::make_shared<const std::vector<domain::CallRecord>>(std::move(found->records));
  const auto outcome = co_await write_all(batch);
  if (outcome == Outcome::Wait) co_return back_off(last_error_);
  if (const int error = journal_.mark_shipped(found->next, count)) co_return back_off(message_of(error));
  if (std::exchange(failing_, false)) log_.info("records.shipping_again");
  backoff_ = settings_.backoff_min;
  refusals_ = 0;
  co_return count >= settings_.batch ? milliseconds(0) : settings_.interval;
}

// A batch that is refused is halved until the records at fault stand alone.
asio::awaitable<Shipper::Outcome> Shipper::write_all(Batch batch) {
  struct Range {
    std::size_t begin, end;
  };
  std::vector<Range> ranges;
  if (!batch->empty()) ranges.push_back({0, batch->size()});
  std::vector<const domain::CallRecord*> refused;
  bool passed = false;
  while (!ranges.empty()) {
    const Range range = ranges.back();
    ranges.pop_back();
    const std::size_t count = range.end - range.begin;
    Batch part = batch;
    if (count < batch->size())
      part = std::make_shared<const std::vector<domain::CallRecord>>(
          batch->begin() + static_cast<std::ptrdiff_t>(range.begin),
          batch->begin() + static_cast<std::ptrdiff_t>(range.end));
    const auto written = co_await writer_.write(std::move(part));
    if (written) {
      passed = true;
      shipped_.add(count);
      continue;
    }
    last_error_ = written.error().message;
    if (written.error().kind == WriteError::Kind::Away) co_return Outcome::Wait;
    if (count > 1) {
      const std::size_t middle = range.begin + count / 2;
      ranges.push_back({middle, range.end});
      ranges.push_back({range.begin, middle});
    } else if (written.error().kind == WriteError::Kind::Refused) {
      refused.push_back(&(*batch)[range.begin]);
    } else if (!bury((*batch)[range.begin], last_error_)) {
      co_return Outcome::Wait;
    }
  }
  co_return settle_refused(refused, passed);
}

// Refused without a clear reason. When others pass the database is sound, and the record is at fault; when
// none passes it may be the other way round.
Shipper::Outcome Shipper::settle_refused(const std::vector<const domain::CallRecord*>& refused,
                                         bool others_passed) {
  if (refused.empty()) return Outcome::Done;
  const bool lone = refused.size() == 1 && ++refusals_ >= settings_.refusals_before_dead;
  if (!others_passed && !lone) return Outcome::Wait;
  for (const auto* record : refused)
    if (!bury(*record, last_error_)) return Outcome::Wait;
  return Outcome::Done;
}

bool Shipper::bury(std::string_view name, std::string_view bytes, std::string_view why) {
  if (const int error = journal_.set_aside(name, bytes)) {
    last_error_ = message_of(error);
    return false;
  }
  dead_.add();
  log_.error("records.dead_letter", {{"record", name}, {"error", why}});
  return true;
}

bool Shipper::bury(const domain::CallRecord& record, std::string_view why) {
  std::string bytes;
  encode(record, bytes);
  return bury(record.id.to_string(), bytes, why);
}

milliseconds Shipper::back_off(std::string_view why) {
  failures_.add();
  if (!std::exchange(failing_, true))
    log_.warning("records.shipping_failed", {{"error", why}, {"backlog", journal_.backlog()}});
  const auto wait = backoff_;
  backoff_ = std::min(backoff_ * 2, settings_.backoff_max);
  return wait;
}

}  // namespace warp::records
