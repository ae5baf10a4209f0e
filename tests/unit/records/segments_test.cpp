#include "../src/records/segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/records/record_codec.h"

#include "../src/records/little_endian.h"
#include "../src/records/segment_name.h"
#include "support/manual_clock.h"
#include "support/memory_storage.h"
#include "support/sample_records.h"

namespace warp::records {
namespace {

using domain::RecordState;
using test::Disk;
using test::record_id;
using test::small_record;

Entry draft(std::uint64_t number, std::string_view state = "state") {
  std::string record;
  encode(small_record(number, RecordState::Answered), record);
  return {EntryType::Answered, record_id(number), join_answered(record, state)};
}

Entry final_of(std::uint64_t number) {
  Entry entry{EntryType::Final, record_id(number), {}};
  encode(small_record(number, RecordState::Final), entry.payload);
  return entry;
}

// One life of a process over a disk.
struct Life {
  explicit Life(std::shared_ptr<Disk> on, test::ManualClock& clock, JournalSettings given = {})
      : disk(std::move(on)), storage(disk), settings(given), segments(storage, settings, clock) {
    clock.advance(std::chrono::milliseconds(1));
    error = segments.open(opened);
  }

  int append(std::vector<Entry> entries) { return segments.append(entries).error; }
  std::vector<std::uint64_t> finals(Position from = {}) const {
    std::vector<std::uint64_t> numbers;
    const auto batch = segments.read_finals(from, 1'000'000);
    for (const auto& record : batch->records)
      numbers.push_back(record.id.value.bytes[15] + 256u * record.id.value.bytes[14]);
    return numbers;
  }
  std::vector<std::uint64_t> orphans() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& orphan : opened.orphans)
      numbers.push_back(orphan.draft.id.value.bytes[15]);
    return numbers;
  }
  void ship_all() {
    const auto batch = segments.read_finals(segments.shipped(), 1'000'000);
    ASSERT_EQ(segments.mark_shipped(batch->next, batch->records.size()), 0);
  }

  std::shared_ptr<Disk> disk;
  test::MemoryStorage storage;
  JournalSettings settings;
  Segments segments;
  OpenResult opened;
  int error = -1;
};

struct SegmentsTest : testing::Test {
  std::shared_ptr<Disk> disk = std::make_shared<Disk>();
  test::ManualClock clock;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(SegmentsTest, DraftWithoutFinalIsAnOrphanWithItsState) {
  {
    Life life(disk, clock);
    ASSERT_EQ(life.error, 0);
    ASSERT_EQ(life.append({draft(1, "dialogs of 1"), draft(2), final_of(2), final_of(3)}), 0);
    EXPECT_EQ(life.segments.open_drafts(), 1u);
    EXPECT_EQ(life.segments.backlog(), 2u);
  }
  Life next(disk, clock);
  ASSERT_THAT(next.orphans(), ElementsAre(1u));
  EXPECT_EQ(next.opened.orphans[0].state, "dialogs of 1");
  EXPECT_EQ(next.opened.orphans[0].draft.sip_call_id, "call-1");
  EXPECT_EQ(next.opened.finals, 2u);
  EXPECT_THAT(next.finals(), ElementsAre(2u, 3u));
}

TEST_F(SegmentsTest, OrphanStaysUntilItsFinalIsWritten) {
  { Life(disk, clock).append({draft(1)}); }
  { EXPECT_THAT(Life(disk, clock).orphans(), ElementsAre(1u)); }
  {
    Life life(disk, clock);
    EXPECT_THAT(life.orphans(), ElementsAre(1u));
    life.append({final_of(1)});
  }
  Life last(disk, clock);
  EXPECT_THAT(last.orphans(), IsEmpty());
  EXPECT_THAT(last.finals(), ElementsAre(1u));
}

TEST_F(SegmentsTest, LastAliveIsTheLastEntryOfTheDraftsOwnRun) {
  WallTime died;
  {
    Life life(disk, clock);
    life.append({draft(1)});
    clock.advance(std::chrono::seconds(1));
    ASSERT_EQ(life.segments.heartbeat(), 0);
    died = clock.wall();
  }
  clock.advance(std::chrono::hours(5));
  {
    // Killed again before the orphan was finished: its time of death does not move.
    Life life(disk, clock);
    EXPECT_EQ(life.opened.orphans.at(0).last_alive, died);
    life.append({draft(2), final_of(3)});
    clock.advance(std::chrono::hours(1));
  }
  Life life(disk, clock);
  ASSERT_THAT(life.orphans(), ElementsAre(1u, 2u));
  EXPECT_EQ(life.opened.orphans[0].last_alive, died);
  EXPECT_GT(life.opened.orphans[1].last_alive, died + std::chrono::hours(5));
}

TEST_F(SegmentsTest, HeartbeatsOnlyWhileCallsOfThisRunAreUp) {
  { Life(disk, clock).append({draft(1)}); }
  Life life(disk, clock);
  const auto before = disk->appends;
  life.segments.heartbeat();
  EXPECT_EQ(disk->appends, before);
  life.append({draft(2)});
  life.segments.heartbeat();
  EXPECT_EQ(disk->appends, before + 2);
  life.append({final_of(2)});
  life.segments.heartbeat();
  EXPECT_EQ(disk->appends, before + 3);
}

TEST_F(SegmentsTest, SecondFinalOfACallIsLeftOut) {
  Life life(disk, clock);
  life.append({final_of(1), final_of(1)});
  const std::vector<Entry> again{final_of(1), final_of(2), draft(1)};
  const auto appended = life.segments.append(again);
  EXPECT_EQ(appended.duplicates, 2u);
  EXPECT_THAT(life.finals(), ElementsAre(1u, 2u));
  EXPECT_EQ(life.segments.open_drafts(), 0u);
}

TEST_F(SegmentsTest, TornAtEveryOctetKeepsWhatIsBeforeAndHeals) {
  {
    Life life(disk, clock);
    life.append({final_of(1)});
    life.append({draft(2), final_of(3)});
  }
  const auto name = segment_name(1);
  const auto whole = disk->data[name].data;
  const auto first_end = [&] {
    Frame frame;
    (void)read_frame(whole, frame);
    const auto begin = frame.octets();
    (void)read_frame(std::string_view(whole).substr(begin), frame);
    return begin + frame.octets();
  }();
  const std::size_t last_begin = whole.size() - kFrameHeader - final_of(3).payload.size();
  for (std::size_t length = first_end; length < whole.size(); ++length) {
    auto torn = disk->image(false);
    torn->data[name].data.resize(length);
    {
      Life life(torn, clock);
      ASSERT_EQ(life.error, 0) << length;
      ASSERT_THAT(life.finals(), ElementsAre(1u)) << length;
      ASSERT_EQ(life.orphans().size(), length >= last_begin ? 1u : 0u) << length;
      ASSERT_EQ(life.append({final_of(4)}), 0);
      const bool clean = length == first_end || length == last_begin;
      ASSERT_EQ(life.opened.torn_octets > 0, !clean) << length;
    }
    Life later(torn, clock);
    ASSERT_EQ(later.opened.torn_octets, 0u) << length;
    ASSERT_THAT(later.finals(), ElementsAre(1u, 4u)) << length;
  }
}

TEST_F(SegmentsTest, DamageInTheMiddleCostsOneEntryOnly) {
  { Life(disk, clock).append({final_of(1), final_of(2), final_of(3)}); }
  const auto name = segment_name(1);
  const auto whole = disk->data[name].data;
  const std::size_t octets = kFrameHeader + final_of(1).payload.size();
  const std::size_t second = whole.size() - 2 * octets;
  for (std::size_t at = second; at < second + octets; ++at) {
    auto damaged = disk->image(false);
    damaged->data[name].data[at] = static_cast<char>(damaged->data[name].data[at] ^ 0x5a);
    Life life(damaged, clock);
    ASSERT_THAT(life.finals(), ElementsAre(1u, 3u)) << at - second;
    ASSERT_EQ(life.opened.skipped_octets, octets) << at - second;
    ASSERT_EQ(life.opened.torn_octets, 0u);
  }
}

TEST_F(SegmentsTest, ZeroedTailOfAPowerLossIsCut) {
  { Life(disk, clock).append({final_of(1)}); }
  disk->data[segment_name(1)].data += std::string(10'000, '\0');
  Life life(disk, clock);
  EXPECT_THAT(life.finals(), ElementsAre(1u));
  EXPECT_EQ(life.opened.torn_octets, 10'000u);
}

TEST_F(SegmentsTest, FailedWriteLeavesNothingAndIsRepeatable) {
  for (const bool truncate_fails : {false, true}) {
    for (const int error : {ENOSPC, EIO}) {
      auto fresh = std::make_shared<Disk>();
      Life life(fresh, clock);
      ASSERT_EQ(life.append({final_of(1)}), 0);
      fresh->append_error = error;
      fresh->truncate_error = truncate_fails ? EIO : 0;
      EXPECT_EQ(life.append({draft(2), final_of(3)}), error);
      EXPECT_EQ(life.segments.open_drafts(), 0u);
      EXPECT_THAT(life.finals(), ElementsAre(1u));
      fresh->append_error = fresh->truncate_error = 0;
      EXPECT_EQ(life.append({final_of(3)}), 0);
      EXPECT_THAT(life.finals(), ElementsAre(1u, 3u));
      EXPECT_THAT(Life(fresh, clock).finals(), ElementsAre(1u, 3u));
    }
  }
}

TEST_F(SegmentsTest, PartOfAWriteOnAFullDiskIsCutAway) {
  Life life(disk, clock);
  life.append({final_of(1)});
  disk->capacity = disk->used() + 30;
  EXPECT_EQ(life.append({final_of(2)}), ENOSPC);
  disk->capacity = SIZE_MAX;
  EXPECT_EQ(life.append({final_of(2)}), 0);
  Life next(disk, clock);
  EXPECT_THAT(next.finals(), ElementsAre(1u, 2u));
  EXPECT_EQ(next.opened.torn_octets + next.opened.skipped_octets, 0u);
}

TEST_F(SegmentsTest, AfterAFailedSyncTheFileIsNeverTrustedAgain) {
  Life life(disk, clock);
  life.append({final_of(1)});
  disk->sync_error = EIO;
  EXPECT_EQ(life.append({final_of(2)}), EIO);
  disk->sync_error = 0;
  EXPECT_EQ(life.append({final_of(2)}), 0);
  EXPECT_THAT(life.finals(), ElementsAre(1u, 2u));
  EXPECT_EQ(disk->files().count(segment_name(2)), 1u);
  // What the refused sync left in the first segment is the same record again: the database knows its id.
  EXPECT_THAT(Life(disk->image(true), clock).finals(), ElementsAre(1u, 2u));
}

JournalSettings small_segments() {
  JournalSettings settings;
  settings.segment_octets = 600;
  settings.kept_segments = 2;
  return settings;
}

TEST_F(SegmentsTest, RotatesAndKeepsTheOrder) {
  Life life(disk, clock, small_segments());
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    life.append({final_of(i)});
    expected.push_back(i);
  }
  EXPECT_GE(disk->files().size(), 5u);
  EXPECT_EQ(life.finals(), expected);
  EXPECT_EQ(Life(disk, clock).finals(), expected);
}

TEST_F(SegmentsTest, ReadsInBatchesFromWhereItLeft) {
  Life life(disk, clock, small_segments());
  for (std::uint64_t i = 1; i <= 20; ++i)
    life.append({final_of(i), draft(100 + i)});
  Position at;
  std::size_t count = 0;
  while (true) {
    const auto batch = life.segments.read_finals(at, 3);
    if (batch->records.empty()) break;
    EXPECT_LE(batch->records.size(), 3u);
    for (const auto& record : batch->records)
      EXPECT_EQ(record.id, record_id(++count));
    at = batch->next;
  }
  EXPECT_EQ(count, 20u);
}

TEST_F(SegmentsTest, ShippedSegmentsGo) {
  Life life(disk, clock, small_segments());
  for (std::uint64_t i = 1; i <= 20; ++i)
    life.append({final_of(i)});
  ASSERT_EQ(life.segments.collect(), 0);
  EXPECT_EQ(disk->files().count(segment_name(1)), 1u);
  life.ship_all();
  EXPECT_EQ(life.segments.backlog(), 0u);
  ASSERT_EQ(life.segments.collect(), 0);
  std::size_t left = 0;
  for (const auto& [name, file] : disk->files())
    left += segment_number(name) ? 1 : 0;
  EXPECT_EQ(left, 1u);
  Life next(disk, clock);
  EXPECT_EQ(next.opened.finals, 0u);
  EXPECT_THAT(next.finals(next.segments.shipped()), IsEmpty());
}

TEST_F(SegmentsTest, LongCallIsCarriedForwardAndSurvives) {
  {
    Life life(disk, clock, small_segments());
    life.append({draft(1, "long call")});
    for (std::uint64_t i = 2; i <= 30; ++i) {
      life.append({final_of(i)});
      life.ship_all();
      ASSERT_EQ(life.segments.collect(), 0);
    }
    EXPECT_EQ(life.segments.open_drafts(), 1u);
    EXPECT_EQ(disk->files().count(segment_name(1)), 0u);
    EXPECT_LE(disk->files().size(), 6u);
  }
  {
    Life life(disk, clock);
    ASSERT_THAT(life.orphans(), ElementsAre(1u));
    EXPECT_EQ(life.opened.orphans[0].state, "long call");
    life.append({final_of(1)});
  }
  EXPECT_THAT(Life(disk, clock).orphans(), IsEmpty());
}

TEST_F(SegmentsTest, FinalOfACarriedDraftNeverOutlivesItsFirstCopy) {
  // The first copy must go before the segment with the Final: else the call would be an orphan again.
  Life life(disk, clock, small_segments());
  life.append({draft(1)});
  for (std::uint64_t i = 2; i <= 12; ++i)
    life.append({final_of(i)});
  life.append({final_of(1)});
  for (std::uint64_t i = 13; i <= 20; ++i)
    life.append({final_of(i)});
  life.ship_all();
  const auto changes_before = disk->changes;
  ASSERT_EQ(life.segments.collect(), 0);
  const auto steps = disk->changes - changes_before;
  EXPECT_GT(steps, 3u);
  for (std::size_t step = 1; step <= steps; ++step) {
    auto replay = std::make_shared<Disk>();
    Life again(replay, clock, small_segments());
    again.append({draft(1)});
    for (std::uint64_t i = 2; i <= 12; ++i)
      again.append({final_of(i)});
    again.append({final_of(1)});
    for (std::uint64_t i = 13; i <= 20; ++i)
      again.append({final_of(i)});
    again.ship_all();
    replay->dies_at = replay->changes + step;
    (void)again.segments.collect();
    EXPECT_THAT(Life(replay->image(true), clock).orphans(), IsEmpty()) << step;
  }
}

TEST_F(SegmentsTest, DraftsOfAnEarlierRunAreNotCarried) {
  { Life(disk, clock, small_segments()).append({draft(1)}); }
  const auto died = Life(disk, clock, small_segments()).opened.orphans.at(0).last_alive;
  {
    Life life(disk, clock, small_segments());
    for (std::uint64_t i = 2; i <= 20; ++i) {
      life.append({final_of(i)});
      life.ship_all();
      clock.advance(std::chrono::minutes(1));
      ASSERT_EQ(life.segments.collect(), 0);
    }
  }
  EXPECT_EQ(Life(disk, clock).opened.orphans.at(0).last_alive, died);
}

TEST_F(SegmentsTest, UnreadableMarkShipsAgainRatherThanNever) {
  {
    Life life(disk, clock);
    life.append({final_of(1)});
    life.ship_all();
  }
  EXPECT_EQ(Life(disk->image(false), clock).opened.finals, 0u);
  auto damaged = disk->image(false);
  damaged->data["shipped"].data[3] ^= 1;
  EXPECT_EQ(Life(damaged, clock).opened.finals, 1u);
  auto shortened = disk->image(false);
  shortened->data["shipped"].data.resize(5);
  EXPECT_EQ(Life(shortened, clock).opened.finals, 1u);
}

TEST_F(SegmentsTest, MarkThatCannotBeWrittenChangesNothing) {
  Life life(disk, clock);
  life.append({final_of(1)});
  disk->replace_error = ENOSPC;
  EXPECT_EQ(life.segments.mark_shipped({1, 1000}, 1), ENOSPC);
  EXPECT_THAT(life.finals(life.segments.shipped()), ElementsAre(1u));
  EXPECT_EQ(life.segments.backlog(), 1u);
}

TEST_F(SegmentsTest, ForeignFilesAreLeftAlone) {
  disk->data["notes.txt"].data = "mine";
  disk->data["x.wj"].data = "not a number";
  Life life(disk, clock);
  EXPECT_EQ(life.error, 0);
  EXPECT_EQ(disk->files()["notes.txt"].data, "mine");
  EXPECT_EQ(disk->files()["x.wj"].data, "not a number");
}

TEST_F(SegmentsTest, EntryOfALaterReleaseIsHandedOutUnread) {
  auto entry = final_of(1);
  entry.payload[0] = 99;
  Life life(disk, clock);
  life.append({entry, final_of(2)});
  const auto batch = life.segments.read_finals({}, 10);
  ASSERT_EQ(batch->undecodable.size(), 1u);
  EXPECT_EQ(batch->undecodable[0], entry.payload);
  EXPECT_EQ(batch->records.size(), 1u);
}

}  // namespace
}  // namespace warp::records
