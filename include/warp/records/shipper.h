// Shipper: moves final records from the journal into Postgres, in order, in batches, each exactly once (the
// database ignores an id that it has). When Postgres is away the records wait in the journal. A record that
// Postgres refuses for what it says is set aside (file dead-<id>.wrec in the journal's directory, counted,
// logged) so that it does not hold up the others.
//
// One coroutine on the control pool: group.spawn("records.ship", shipper.run()).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/domain/call_record.h"
#include "warp/records/journal.h"

namespace warp::records {

struct WriteError {
  enum class Kind : std::uint8_t {
    Away,     // try the same again later
    Poison,   // one of the records is refused for what it says
    Refused,  // refused for a reason that may lie in a record or in the database
  };
  Kind kind = Kind::Away;
  std::string message;
};

class RecordWriter {
 public:
  virtual ~RecordWriter() = default;
  // All of them or none; those that are there already are no error. How many were new.
  virtual boost::asio::awaitable<Result<std::uint64_t, WriteError>> write(
      std::shared_ptr<const std::vector<domain::CallRecord>> batch) = 0;
};

struct ShipperSettings {
  std::chrono::milliseconds interval{200};  // between looks at an empty journal
  std::size_t batch = 1000;
  std::chrono::milliseconds backoff_min{100}, backoff_max{10'000};
  // A lone record that is refused without a clear reason is set aside after this many attempts. When others
  // pass, it is set aside at once.
  unsigned refusals_before_dead = 100;
};

class Shipper {
 public:
  Shipper(Journal& journal, RecordWriter& writer, const Clock& clock, const ShipperSettings& settings,
          metrics::Registry& metrics, log::Logger& log);

  // Until cancelled.
  boost::asio::awaitable<void> run();
  // One batch. How long to wait before the next: 0 when there may be more at once.
  boost::asio::awaitable<std::chrono::milliseconds> ship_once();
  // Nothing is left to ship as far as the last look went.
  bool idle() const { return idle_.load(std::memory_order_relaxed); }

 private:
  enum class Outcome : std::uint8_t { Done, Wait };
  using Batch = std::shared_ptr<const std::vector<domain::CallRecord>>;
  boost::asio::awaitable<Outcome> write_all(Batch batch);
  Outcome settle_refused(const std::vector<const domain::CallRecord*>& refused, bool others_passed);
  bool bury(std::string_view name, std::string_view bytes, std::string_view why);
  bool bury(const domain::CallRecord& record, std::string_view why);
  std::chrono::milliseconds back_off(std::string_view why);

  Journal& journal_;
  RecordWriter& writer_;
  const Clock& clock_;
  ShipperSettings settings_;
  log::Logger& log_;
  metrics::Counter& shipped_;
  metrics::Counter& failures_;
  metrics::Counter& dead_;
  metrics::Gauge& lag_;
  std::chrono::milliseconds backoff_;
  unsigned refusals_ = 0;  // in a row, of a lone record
  std::string last_error_;
  bool failing_ = false;
  std::atomic<bool> idle_{false};
};

}  // namespace warp::records
