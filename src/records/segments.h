// Segments: the files of the journal and what is known of them. append(), heartbeat() and collect() are the
// writer thread's; reading and marking are for any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/records/journal.h"
#include "warp/records/storage.h"

#include "frame.h"

namespace warp::records {

struct Entry {
  EntryType type = EntryType::Final;
  RecordId id;
  std::string payload;
};

struct OpenResult {
  std::vector<Orphan> orphans;
  std::vector<std::string> unreadable_drafts;
  std::uint64_t torn_octets = 0;     // cut off the ends of segments
  std::uint64_t skipped_octets = 0;  // damaged in the middle
  std::uint64_t finals = 0;          // not yet shipped
};

class Segments {
 public:
  Segments(Storage& storage, const JournalSettings& settings, const Clock& clock);

  // Reads what is there and begins a segment of its own. 0 or an errno.
  int open(OpenResult& result);

  struct Appended {
    int error = 0;
    std::size_t octets = 0, duplicates = 0;
  };
  // All entries, durably, or none of them. What is a duplicate is left out.
  Appended append(std::span<const Entry> entries);
  // Tells that the process is alive, when a call is up. Not synced: a killed process leaves it behind, and
  // after a power loss the last entry stands for it.
  int heartbeat();
  // Writes and syncs something of no meaning: does the disk take it?
  int probe();
  // Removes segments that are not needed any more, carrying drafts of long calls forward.
  int collect();

  std::size_t open_drafts() const { return open_count_.load(std::memory_order_relaxed); }
  std::uint64_t octets() const;
  std::uint64_t backlog() const { return backlog_.load(std::memory_order_relaxed); }

  Position shipped() const;
  // Of what is written.
  Position end() const;
  Result<FinalsBatch, IoError> read_finals(Position from, std::size_t max_records) const;
  int mark_shipped(Position position, std::size_t records);

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t size = 0;  // what may be read
    std::uint64_t run = 0;
    std::size_t open = 0;  // drafts whose Final has not come
  };
  struct Place {
    std::uint64_t segment = 0, offset = 0, run = 0;
    std::size_t octets = 0;  // of the frame
  };
  // Which final records were written lately, so that a second one is left out.
  class Recent {
   public:
    bool contains(RecordId id) const { return ids_.contains(id); }
    void insert(RecordId id);

   private:
    static constexpr std::size_t kMost = 65'536;
    std::unordered_set<RecordId> ids_;
    std::deque<RecordId> order_;
  };
  struct Scan;

  int list_segments();
  int scan(Segment& segment, Scan& scan, OpenResult& result);
  int load_orphans(const Scan& scan, OpenResult& result);
  int load_mark();
  int roll();
  int write(std::string_view frames, bool sync);
  bool is_duplicate(const Entry& entry, const std::unordered_set<RecordId>& batch) const;
  void note(const Entry& entry, Place place);
  void draft_opened(RecordId id, Place place);
  void draft_closed(RecordId id);
  Segment* find(std::uint64_t number);
  bool fully_shipped(const Segment& segment) const;
  int carry(const Segment& segment);

  Storage& storage_;
  const JournalSettings& settings_;
  const Clock& clock_;

  mutable std::mutex mutex_;      // guards the two below
  std::deque<Segment> segments_;  // oldest first; only the writer adds and removes
  Position shipped_;

  std::uint64_t run_ = 0;
  std::unique_ptr<AppendFile> file_;  // of segments_.back(); null after a failure
  std::string buffer_;
  std::unordered_map<RecordId, Place> open_;
  std::size_t live_ = 0;  // of open_, of this run
  std::atomic<std::size_t> open_count_{0};
  Recent recent_;
  std::atomic<std::uint64_t> backlog_{0};
};

}  // namespace warp::records
