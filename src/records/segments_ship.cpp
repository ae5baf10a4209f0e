// What Segments does for the Shipper; any thread.
#include <cerrno>

#include "warp/records/record_codec.h"

#include "crc32c.h"
#include "little_endian.h"
#include "scanner.h"
#include "segment_name.h"
#include "segments.h"

namespace warp::records {
namespace {

constexpr std::size_t kMarkOctets = 20;

std::string mark_of(Position position) {
  std::string mark;
  put_le(mark, position.segment);
  put_le(mark, position.offset);
  put_le(mark, crc32c(mark));
  return mark;
}

}  // namespace

// Without a readable mark everything that is still there is shipped again: the database knows the ids.
int Segments::load_mark() {
  const auto mark = storage_.read(std::string(kMarkName), 0, kMarkOctets);
  if (!mark) return static_cast<int>(mark.error()) == ENOENT ? 0 : static_cast<int>(mark.error());
  if (mark->size() != kMarkOctets) return 0;
  const std::string_view bytes = *mark;
  if (get_le<std::uint32_t>(bytes.substr(kCrcAt)) != crc32c(bytes.substr(0, kCrcAt))) return 0;
  shipped_ = {get_le<std::uint64_t>(bytes), get_le<std::uint64_t>(bytes.substr(8))};
  return 0;
}

Position Segments::shipped() const {
  const std::lock_guard guard(mutex_);
  return shipped_;
}

Position Segments::end() const {
  const std::lock_guard guard(mutex_);
  return segments_.empty() ? Position{} : Position{segments_.back().number, segments_.back().size};
}

// An old mark, or none, costs no more than shipping again: nobody waits for the disk for its sake.
int Segments::mark_shipped(Position position, std::size_t records) {
  if (const int error = storage_.overwrite(std::string(kMarkName), mark_of(position))) return error;
  const std::lock_guard guard(mutex_);
  shipped_ = position;
  backlog_.fetch_sub(records, std::memory_order_relaxed);
  return 0;
}

Result<FinalsBatch, IoError> Segments::read_finals(Position from, std::size_t max_records) const {
  std::vector<Position> ends;  // of the segments; all else of a segment is the writer's
  {
    const std::lock_guard guard(mutex_);
    for (const auto& segment : segments_)
      if (segment.number >= from.segment) ends.push_back({segment.number, segment.size});
  }
  FinalsBatch batch;
  batch.next = from;
  for (const auto& end : ends) {
    const std::uint64_t offset = end.segment == from.segment ? from.offset : 0;
    Scanner scanner(storage_, segment_name(end.segment), offset, end.offset);
    Frame frame;
    while (batch.records.size() + batch.undecodable.size() < max_records && scanner.next(frame)) {
      if (frame.type != EntryType::Final) continue;
      if (batch.records.empty() && batch.undecodable.empty()) batch.oldest = frame.time;
      if (auto record = decode(frame.payload))
        batch.records.push_back(std::move(*record));
      else
        batch.undecodable.emplace_back(frame.payload);
    }
    if (scanner.error() != 0) return static_cast<IoError>(scanner.error());
    batch.next = {end.segment, scanner.good_end()};
    if (batch.records.size() + batch.undecodable.size() >= max_records) break;
  }
  return batch;
}

}  // namespace warp::records
