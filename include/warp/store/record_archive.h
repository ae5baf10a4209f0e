// RecordArchive: what becomes of call records with time. After `keep` a day (UTC, of set-up) leaves Postgres
// as one file of JSON lines, zstd, a record a line, in `folder`: cdrs-YYYYMMDD.jsonl.zst. Its SHA-256, the
// number of its records and the sum of their charges stand in records.past_days. A day is dropped when the
// file on disk has that digest and the day still has that number and sum, under a lock that keeps new records
// out; else it is archived anew. Records that come after that go to cdrs-YYYYMMDD-2.jsonl.zst, and so on.
//
// Files older than `keep_files` are said in the log, and deleted when `delete_files` allows it.
//
// round() is called now and then, by any number of nodes: one works, the others find it done. A day whose
// file another node has is left to that node. Steps are repeated after a crash. Runs on the control pool;
// blocks its thread for the disk, some milliseconds at a time.
//
// Metrics: warp_records_archived_total, warp_records_archive_failures_total.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct RecordArchiveSettings {
  std::filesystem::path folder;  // empty: nothing is archived, and nothing dropped
  std::chrono::hours keep{400 * 24}, keep_files{7 * 366 * 24};
  bool delete_files = false;
};

class RecordArchive {
 public:
  RecordArchive(pg::Pool& pool, RecordArchiveSettings settings, metrics::Registry& metrics, log::Logger& log);

  struct Round {
    std::uint64_t archived = 0;          // records
    std::uint32_t days = 0;              // dropped
    std::vector<std::string> old_files;  // that may go, or went
  };
  // False: the database or the disk failed; said in the log, and tried again by the next round.
  boost::asio::awaitable<bool> round(WallTime now, Round& done);

 private:
  using Day = std::string;  // YYYY-MM-DD
  struct Part {
    int part = 1;
    std::uint64_t records = 0;
    std::string charged;  // nanos, as text: the sum of a day may be beyond 64 bits
    std::string file, sha256;
  };
  enum class Drop : std::uint8_t { Done, Elsewhere, Differs };

  Task<std::vector<Day>> days_before(WallTime before);
  Task<std::optional<Part>> standing(Day day);
  Task<std::uint64_t> archive(Day day);
  Task<Drop> drop(Day day, Part part);
  boost::asio::awaitable<bool> tend(Day day, Round& done);
  boost::asio::awaitable<bool> tend_files(WallTime now, Round& done);
  bool failed(const char* what, const Day& day, const std::string& why);

  pg::Pool& pool_;
  const RecordArchiveSettings settings_;
  log::Logger& log_;
  metrics::Counter &archived_, &failures_;
};

// Digest of a file in lower-case hexadecimals; empty: it cannot be read. Gives way to others between pieces.
boost::asio::awaitable<std::string> sha256_of(std::filesystem::path file);

}  // namespace warp::store
