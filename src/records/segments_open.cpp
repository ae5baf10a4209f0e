// What Segments does once, when the journal is opened.
#include <algorithm>

#include "warp/records/record_codec.h"

#include "little_endian.h"
#include "scanner.h"
#include "segment_name.h"
#include "segments.h"

namespace warp::records {

struct Segments::Scan {
  std::unordered_map<std::uint64_t, WallTime> last_alive;  // by run
};

int Segments::open(OpenResult& result) {
  // Distinct from any earlier run's: a clock that went back does not matter for that.
  run_ = static_cast<std::uint64_t>(clock_.wall().time_since_epoch().count());
  if (const int error = load_mark()) return error;
  if (const int error = list_segments()) return error;
  Scan scan_state;
  for (auto& segment : segments_)
    if (const int error = scan(segment, scan_state, result)) return error;
  while (scan_state.last_alive.contains(run_))
    ++run_;
  if (const int error = load_orphans(scan_state, result)) return error;
  live_ = 0;
  open_count_.store(open_.size(), std::memory_order_relaxed);
  backlog_.store(result.finals, std::memory_order_relaxed);
  if (!segments_.empty() && shipped_.segment < segments_.front().number)
    shipped_ = {segments_.front().number, 0};
  return roll();
}

int Segments::list_segments() {
  const auto names = storage_.list();
  if (!names) return static_cast<int>(names.error());
  for (const auto& name : *names)
    if (const auto number = segment_number(name)) segments_.push_back({.number = *number});
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) { return a.number < b.number; });
  return 0;
}

int Segments::scan(Segment& segment, Scan& scan, OpenResult& result) {
  const auto name = segment_name(segment.number);
  const auto size = storage_.size(name);
  if (!size) return static_cast<int>(size.error());
  // Without its first frame a segment is a run of its own.
  segment.run = ~segment.number;
  Scanner scanner(storage_, name, 0, *size);
  Frame frame;
  while (scanner.next(frame)) {
    if (frame.type == EntryType::Begin && frame.payload.size() >= sizeof segment.run)
      segment.run = get_le<std::uint64_t>(frame.payload);
    auto& last = scan.last_alive[segment.run];
    last = std::max(last, frame.time);
    if (frame.type == EntryType::Answered) {
      std::string_view record, state;
      if (split_answered(frame.payload, record, state) && !recent_.contains(peek_id(record)))
        draft_opened(peek_id(record), {segment.number, scanner.frame_begin(), segment.run, frame.octets()});
    } else if (frame.type == EntryType::Final) {
      draft_closed(peek_id(frame.payload));
      recent_.insert(peek_id(frame.payload));
      if (Position{segment.number, scanner.frame_begin()} >= shipped_) ++result.finals;
    }
  }
  if (scanner.error() != 0) return scanner.error();
  segment.size = scanner.good_end();
  result.skipped_octets += scanner.skipped();
  if (*size == segment.size) return 0;
  result.torn_octets += *size - segment.size;
  return storage_.truncate(name, segment.size);
}

int Segments::load_orphans(const Scan& scan, OpenResult& result) {
  std::vector<RecordId> unreadable;
  for (const auto& [id, place] : open_) {
    auto bytes = storage_.read(segment_name(place.segment), place.offset, place.octets);
    if (!bytes) return static_cast<int>(bytes.error());
    Frame frame;
    std::string_view record, state;
    if (read_frame(*bytes, frame) == FrameStatus::Good && split_answered(frame.payload, record, state)) {
      if (auto draft = decode(record)) {
        result.orphans.push_back({std::move(*draft), std::string(state), scan.last_alive.at(place.run)});
        continue;
      }
    }
    unreadable.push_back(id);
    result.unreadable_drafts.push_back(std::move(*bytes));
  }
  for (const auto id : unreadable)
    draft_closed(id);
  std::sort(result.orphans.begin(), result.orphans.end(), [](const Orphan& a, const Orphan& b) {
    return std::tie(a.draft.setup_at, a.draft.id) < std::tie(b.draft.setup_at, b.draft.id);
  });
  return 0;
}

}  // namespace warp::records
