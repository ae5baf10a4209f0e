// MessageArchive: what becomes of messages with time. A message is readable for `keep`; its text for
// `keep_text`, when that is shorter. Then its day (UTC, of acceptance) leaves Postgres as one file of JSON
// lines, zstd, one message a line, in `folder`: messages-YYYYMMDD.jsonl.zst, without texts unless
// `with_text`. A day is dropped when its file is on disk and said to be so in sms.past_days, and no message
// of it lives. Detail records (records.mdrs) stay.
//
// Client references (Idempotency-Key) are known for `keep_references`.
//
// round() is called now and then, by any number of nodes: one works, the others find it done. Steps are
// repeated after a crash. Runs on the control pool; blocks its thread for the disk, some milliseconds at a
// time.
//
// Metrics: warp_sms_archived_total, warp_sms_redacted_total, warp_sms_archive_failures_total.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct MessageArchiveSettings {
  std::filesystem::path folder;  // empty: nothing is archived, and nothing dropped
  std::chrono::hours keep{30 * 24}, keep_text{30 * 24}, keep_references{72};
  bool with_text = false;
};

class MessageArchive {
 public:
  MessageArchive(pg::Pool& pool, MessageArchiveSettings settings, metrics::Registry& metrics,
                 log::Logger& log);

  struct Round {
    std::uint64_t redacted = 0, archived = 0;  // messages
    std::uint32_t days = 0;                    // dropped
  };
  // False: the database or the disk failed; said in the log, and tried again by the next round.
  boost::asio::awaitable<bool> round(WallTime now, Round& done);

 private:
  using Day = std::string;  // YYYY-MM-DD
  Task<std::vector<Day>> days_before(WallTime before, bool redacted);
  Task<std::uint64_t> redact(Day day);
  Task<std::uint64_t> archive(Day day);
  Task<bool> drop(Day day);
  Task<void> forget_references(WallTime before);
  boost::asio::awaitable<bool> redact_days(WallTime now, Round& done);
  boost::asio::awaitable<bool> archive_days(WallTime now, Round& done);
  bool failed(const char* what, const Day& day, const std::string& why);

  pg::Pool& pool_;
  const MessageArchiveSettings settings_;
  log::Logger& log_;
  metrics::Counter &archived_, &redacted_, &failures_;
};

}  // namespace warp::store
