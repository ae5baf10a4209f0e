#include "segments.h"

#include <algorithm>
#include <cerrno>

#include "warp/records/record_codec.h"

#include "little_endian.h"
#include "scanner.h"
#include "segment_name.h"

namespace warp::records {

void Segments::Recent::insert(RecordId id) {
  if (!ids_.insert(id).second) return;
  order_.push_back(id);
  if (order_.size() <= kMost) return;
  ids_.erase(order_.front());
  order_.pop_front();
}

Segments::Segments(Storage& storage, const JournalSettings& settings, const Clock& clock)
    : storage_(storage), settings_(settings), clock_(clock) {}

int Segments::roll() {
  const std::uint64_t number = segments_.empty() ? shipped_.segment + 1 : segments_.back().number + 1;
  auto file = storage_.create(segment_name(number));
  if (!file) {
    // Left over from an attempt that failed half-way: the next number is free.
    const std::lock_guard guard(mutex_);
    if (static_cast<int>(file.error()) == EEXIST) segments_.push_back({.number = number, .run = run_});
    return static_cast<int>(file.error());
  }
  std::string run, head;
  put_le(run, run_);
  append_frame(head, {EntryType::Begin, clock_.wall(), run});
  file_ = std::move(*file);
  const std::lock_guard guard(mutex_);
  segments_.push_back({.number = number, .run = run_});
  if (const int error = file_->append(head)) {
    file_.reset();
    return error;
  }
  segments_.back().size = head.size();
  return 0;
}

// After a failure the file's end is unknown: it is cut, or the segment is left and the next one begun. What
// fdatasync refused once may be lost without a further word, so it is never asked twice.
int Segments::write(std::string_view frames, bool sync) {
  if (!file_ || segments_.back().size >= settings_.segment_octets)
    if (const int error = roll()) return error;
  auto& segment = segments_.back();
  if (const int error = file_->append(frames)) {
    if (file_->truncate(segment.size) != 0) file_.reset();
    return error;
  }
  if (sync)
    if (const int error = file_->sync()) {
      file_.reset();
      return error;
    }
  const std::lock_guard guard(mutex_);
  segment.size += frames.size();
  return 0;
}

bool Segments::is_duplicate(const Entry& entry, const std::unordered_set<RecordId>& batch) const {
  return recent_.contains(entry.id) || batch.contains(entry.id);
}

Segments::Appended Segments::append(std::span<const Entry> entries) {
  Appended appended;
  const auto now = clock_.wall();
  std::vector<std::pair<const Entry*, std::size_t>> written;  // and where its frame begins in the buffer
  std::unordered_set<RecordId> finals;
  written.reserve(entries.size());
  buffer_.clear();
  for (const auto& entry : entries) {
    if (is_duplicate(entry, finals)) {
      ++appended.duplicates;
      continue;
    }
    if (entry.type == EntryType::Final) finals.insert(entry.id);
    written.emplace_back(&entry, buffer_.size());
    append_frame(buffer_, {entry.type, now, entry.payload});
  }
  if (written.empty()) return appended;
  appended.error = write(buffer_, true);
  if (appended.error != 0) return appended;
  appended.octets = buffer_.size();
  const auto& segment = segments_.back();
  for (const auto& [entry, at] : written)
    note(*entry,
         {segment.number, segment.size - buffer_.size() + at, run_, kFrameHeader + entry->payload.size()});
  return appended;
}

void Segments::note(const Entry& entry, Place place) {
  if (entry.type == EntryType::Answered) {
    draft_opened(entry.id, place);
    return;
  }
  draft_closed(entry.id);
  recent_.insert(entry.id);
  backlog_.fetch_add(1, std::memory_order_relaxed);
}

void Segments::draft_opened(RecordId id, Place place) {
  draft_closed(id);
  open_[id] = place;
  if (place.run == run_) ++live_;
  if (auto* segment = find(place.segment)) ++segment->open;
  open_count_.store(open_.size(), std::memory_order_relaxed);
}

void Segments::draft_closed(RecordId id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  if (found->second.run == run_) --live_;
  if (auto* segment = find(found->second.segment)) --segment->open;
  open_.erase(found);
  open_count_.store(open_.size(), std::memory_order_relaxed);
}

Segments::Segment* Segments::find(std::uint64_t number) {
  const auto found = std::lower_bound(segments_.begin(), segments_.end(), number,
                                      [](const Segment& segment, auto key) { return segment.number < key; });
  return found != segments_.end() && found->number == number ? &*found : nullptr;
}

int Segments::heartbeat() {
  if (live_ == 0) return 0;
  std::string frame;
  append_frame(frame, {EntryType::Heartbeat, clock_.wall(), {}});
  return write(frame, false);
}

int Segments::probe() {
  std::string frame;
  append_frame(frame, {EntryType::Heartbeat, clock_.wall(), {}});
  return write(frame, true);
}

bool Segments::fully_shipped(const Segment& segment) const {
  const std::lock_guard guard(mutex_);
  return &segment != &segments_.back() && shipped_ >= Position{segment.number, segment.size};
}

int Segments::collect() {
  std::size_t done = 0;
  while (done < segments_.size() && fully_shipped(segments_[done]))
    ++done;
  for (; done > 0; --done) {
    const auto& oldest = segments_.front();
    if (oldest.open > 0) {
      if (done <= settings_.kept_segments) return 0;
      if (const int error = carry(oldest)) return error;
      if (segments_.front().open > 0) return 0;
    }
    const int error = storage_.remove(segment_name(segments_.front().number));
    if (error != 0 && error != ENOENT) return error;
    const std::lock_guard guard(mutex_);
    segments_.pop_front();
  }
  return 0;
}

// Drafts of an earlier run are left where they are: their time of death hangs on the segments of that run,
// and their owner is about to finish them.
int Segments::carry(const Segment& segment) {
  const std::uint64_t number = segment.number;
  std::vector<Entry> drafts;
  for (const auto& [id, place] : open_) {
    if (place.segment != number) continue;
    if (place.run != run_) return 0;
    auto frame = storage_.read(segment_name(number), place.offset, place.octets);
    if (!frame) return static_cast<int>(frame.error());
    drafts.push_back({EntryType::Answered, id, frame->substr(std::min(kFrameHeader, frame->size()))});
  }
  return append(drafts).error;
}

std::uint64_t Segments::octets() const {
  const std::lock_guard guard(mutex_);
  std::uint64_t octets = 0;
  for (const auto& segment : segments_)
    octets += segment.size;
  return octets;
}

}  // namespace warp::records
