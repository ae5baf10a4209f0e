// Journal: detail records on disk before anything else knows of them. An append-only log of segments with
// checksums; one writer thread commits what all shards enqueued in groups (one write, one fdatasync) and
// posts the completions, one post an Executor.
//
// A call is in the journal as an Answered draft, again when what it stands for has changed, then as its Final
// record; the last draft counts. A draft without its Final after a
// restart is an orphan: recover() hands it out with the last moment at which the process was known to be
// alive (within a second: heartbeats are written while calls are up).
//
// Final records stay until the Shipper has put them into Postgres; a segment goes when all of its records
// are shipped, none of its drafts is open and no older segment is left. Long calls do not keep old segments:
// their drafts are carried forward.
//
// Never blocks a caller. When the disk is full, broken or slower than the calls, writable() is false until it
// heals; final records wait in memory, drafts are refused.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/domain/record_sink.h"
#include "warp/records/storage.h"

namespace warp::records {

struct JournalSettings {
  std::uint64_t segment_octets = 64ull << 20;
  // How long the first entry of a group may wait for others: drafts hold up the caller's 200, final records
  // nobody.
  std::chrono::milliseconds answered_window{3};
  std::chrono::milliseconds final_window{50};
  // Groups begin at least this far apart: a sync costs about as much as a whole call's signalling, and under
  // load the entries of this time share one. The first draft after a quiet moment does not wait for it.
  std::chrono::milliseconds group_interval{20};
  // writable() ends at this much waiting in memory, or when the disk has less than this free.
  std::size_t queue_octets = 64u << 20;
  std::uint64_t min_free_octets = 256ull << 20;
  // Fully shipped segments that may stay for the sake of open drafts before those are carried forward.
  std::size_t kept_segments = 4;
  std::chrono::milliseconds retry_interval{200};  // after a failed write
  std::chrono::milliseconds stop_limit{5000};     // for the last write when the disk is broken
};

// A place in the journal: everything before it.
struct Position {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Orphan {
  domain::CallRecord draft;
  std::string state;  // as given to answered()
  WallTime last_alive{};
};

// Final records in the order in which they were written.
struct FinalsBatch {
  std::vector<domain::CallRecord> records;
  // Entries whose checksum is right and whose content this release cannot read.
  std::vector<std::string> undecodable;
  Position next;
  WallTime oldest{};  // when the first of them was written
};

class Journal final : public domain::RecordSink {
 public:
  // Scans the segments, truncates a torn tail and starts the writer. IoError: the directory cannot be used.
  static Result<std::unique_ptr<Journal>, IoError> open(std::unique_ptr<Storage> storage,
                                                        const JournalSettings& settings, const Clock& clock,
                                                        metrics::Registry& metrics, log::Logger& log);
  // Writes what is queued and stops the writer.
  ~Journal() override;

  // Once after open(), before new calls: the drafts of calls that were up when the process died. The owner
  // calls finished() for each; until then they stay open.
  std::vector<Orphan> recover();

  // RecordSink
  bool writable() const override;
  void answered(const domain::CallRecord& draft, std::string state, Executor& where,
                std::function<void(bool)> done) override;
  void updated(const domain::CallRecord& draft, std::string state) override;
  void finished(domain::CallRecord record) override;

  // Blocks until what was enqueued before is written, or `limit` has passed; for draining and for tests.
  bool flush(std::chrono::milliseconds limit);

  // What was enqueued so far. Any thread.
  struct Mark {
    std::uint64_t enqueued = 0;
    std::optional<Position> end;  // known since shipped() found all of it on disk
  };
  Mark mark() const;
  // Every final record of what was enqueued before the mark is in Postgres.
  bool shipped(Mark& mark) const;

  // For the Shipper; any thread. What is not yet shipped, from the oldest on; an empty batch when there is
  // nothing new on disk.
  Position shipped() const;
  Result<FinalsBatch, IoError> read_finals(Position from, std::size_t max_records) const;
  // All before `position` is in Postgres. Durable when it returns 0; else an errno, and nothing changed.
  int mark_shipped(Position position, std::size_t records);
  // Keeps an entry that cannot be shipped under a name of its own. 0 or an errno.
  int set_aside(std::string_view name, std::string_view bytes);
  // Final records on disk and not shipped.
  std::uint64_t backlog() const;

 private:
  struct Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::records
