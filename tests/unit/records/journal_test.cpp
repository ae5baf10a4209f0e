#include "warp/records/journal.h"

#include <deque>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/memory_storage.h"
#include "support/sample_records.h"

namespace warp::records {
namespace {

using domain::RecordState;
using std::chrono::milliseconds;
using test::Disk;
using test::record_id;
using test::small_record;
using testing::ElementsAre;

constexpr milliseconds kLong{20'000};

// Keeps what is posted until the test runs it.
class Mailbox final : public Executor {
 public:
  void post(std::function<void()> work) override {
    const std::lock_guard guard(mutex_);
    work_.push_back(std::move(work));
  }
  std::size_t run() {
    std::deque<std::function<void()>> work;
    {
      const std::lock_guard guard(mutex_);
      work.swap(work_);
    }
    for (auto& one : work)
      one();
    return work.size();
  }

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> work_;
};

struct JournalTest : testing::Test {
  JournalTest() {
    settings.answered_window = milliseconds(0);
    settings.final_window = milliseconds(0);
    settings.retry_interval = milliseconds(1);
    settings.stop_limit = milliseconds(20);
  }
  void open() {
    journal.reset();
    auto opened = Journal::open(std::make_unique<test::MemoryStorage>(disk), settings, clock, metrics, log);
    ASSERT_TRUE(opened);
    journal = std::move(*opened);
  }
  void answer(std::uint64_t number) {
    journal->answered(small_record(number, RecordState::Answered), "state", mailbox,
                      [this](bool durable) { (durable ? granted : denied) += 1; });
  }
  void finish(std::uint64_t number) { journal->finished(small_record(number, RecordState::Final)); }
  std::vector<RecordId> finals() {
    std::vector<RecordId> ids;
    const auto batch = journal->read_finals({}, 100'000);
    for (const auto& record : batch->records)
      ids.push_back(record.id);
    return ids;
  }
  std::uint64_t counter(std::string_view name) { return metrics.counter(name, "").value(); }

  std::shared_ptr<Disk> disk = std::make_shared<Disk>();
  test::ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{log::Settings{log::Format::Text, log::Level::Error, "/dev/null"}};
  JournalSettings settings;
  Mailbox mailbox;
  int granted = 0, denied = 0;
  std::unique_ptr<Journal> journal;
};

TEST_F(JournalTest, DraftIsAcknowledgedOnlyWhenItIsSynced) {
  open();
  answer(1);
  ASSERT_TRUE(journal->flush(kLong));
  const auto name = disk->files().begin()->first;
  EXPECT_EQ(disk->files()[name].synced, disk->files()[name].data.size());
  EXPECT_EQ(granted, 0) << "completions run where they were asked to";
  EXPECT_EQ(mailbox.run(), 1u);
  EXPECT_EQ(granted, 1);
}

TEST_F(JournalTest, OneGroupIsOneWriteOneSyncAndOnePostAnExecutor) {
  settings.answered_window = std::chrono::hours(1);
  settings.final_window = std::chrono::hours(1);
  open();
  Mailbox other;
  int others = 0;
  const auto appends = disk->appends, syncs = disk->syncs;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    answer(i);
    journal->answered(small_record(100 + i, RecordState::Answered), "", other,
                      [&](bool ok) { others += ok; });
    finish(i);
  }
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_EQ(disk->appends - appends, 1u);
  EXPECT_EQ(disk->syncs - syncs, 1u);
  EXPECT_EQ(mailbox.run(), 1u);
  EXPECT_EQ(other.run(), 1u);
  EXPECT_EQ(granted, 50);
  EXPECT_EQ(others, 50);
  EXPECT_EQ(journal->backlog(), 50u);
}

TEST_F(JournalTest, WindowEndsByItself) {
  settings.final_window = milliseconds(1);
  open();
  finish(1);
  // Nobody flushes: the destructor aside, only the window can bring it to disk.
  while (journal->backlog() == 0)
    std::this_thread::yield();
  EXPECT_THAT(finals(), ElementsAre(record_id(1)));
}

TEST_F(JournalTest, ADraftDoesNotWaitForTheWindowOfFinalRecords) {
  settings.final_window = std::chrono::hours(1);
  open();
  finish(1);
  answer(2);
  while (mailbox.run() == 0)
    std::this_thread::yield();
  EXPECT_EQ(granted, 1);
  EXPECT_THAT(finals(), ElementsAre(record_id(1)));
}

TEST_F(JournalTest, StoppingWritesWhatIsQueued) {
  settings.final_window = std::chrono::hours(1);
  open();
  for (std::uint64_t i = 1; i <= 5; ++i)
    finish(i);
  open();
  EXPECT_EQ(finals().size(), 5u);
}

TEST_F(JournalTest, RecoversOrphansOnce) {
  open();
  answer(1);
  answer(2);
  finish(2);
  open();
  const auto orphans = journal->recover();
  ASSERT_EQ(orphans.size(), 1u);
  EXPECT_EQ(orphans[0].draft.id, record_id(1));
  EXPECT_EQ(orphans[0].state, "state");
  EXPECT_TRUE(journal->recover().empty());
  finish(1);
  open();
  EXPECT_TRUE(journal->recover().empty());
  EXPECT_THAT(finals(), ElementsAre(record_id(2), record_id(1)));
}

TEST_F(JournalTest, TheLastStateOfACallIsTheOneThatIsRecovered) {
  open();
  answer(1);
  ASSERT_TRUE(journal->flush(kLong));
  for (const std::string state : {"second", "third"})
    journal->updated(small_record(1, RecordState::Answered), state);
  ASSERT_TRUE(journal->flush(kLong));
  open();
  auto orphans = journal->recover();
  ASSERT_EQ(orphans.size(), 1u);
  EXPECT_EQ(orphans[0].state, "third");
  // Taken up by this process, and dying with it.
  journal->updated(orphans[0].draft, "fourth");
  ASSERT_TRUE(journal->flush(kLong));
  open();
  orphans = journal->recover();
  ASSERT_EQ(orphans.size(), 1u);
  EXPECT_EQ(orphans[0].state, "fourth");
  journal->updated(orphans[0].draft, "too late");
  finish(1);
  journal->updated(orphans[0].draft, "later still");
  ASSERT_TRUE(journal->flush(kLong));
  open();
  EXPECT_TRUE(journal->recover().empty());
}

TEST_F(JournalTest, FullDiskRefusesDraftsKeepsFinalsAndHeals) {
  open();
  answer(1);
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_TRUE(journal->writable());
  {
    const std::lock_guard guard(disk->mutex);
    disk->append_error = ENOSPC;
  }
  answer(2);
  finish(1);
  ASSERT_TRUE(journal->flush(kLong));
  mailbox.run();
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(denied, 1);
  EXPECT_FALSE(journal->writable());
  answer(3);
  EXPECT_EQ(mailbox.run(), 1u) << "refused at once, without a try at the disk";
  EXPECT_EQ(denied, 2);
  finish(4);
  {
    const std::lock_guard guard(disk->mutex);
    disk->append_error = 0;
  }
  while (!journal->writable())
    std::this_thread::yield();
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_THAT(finals(), ElementsAre(record_id(1), record_id(4)));
  answer(5);
  ASSERT_TRUE(journal->flush(kLong));
  mailbox.run();
  EXPECT_EQ(granted, 2);
  EXPECT_GE(counter("warp_records_write_failures_total"), 1u);
}

TEST_F(JournalTest, AMarkIsShippedWithWhatCameBeforeItWhateverComesAfter) {
  open();
  finish(1);
  auto mark = journal->mark();
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_FALSE(journal->shipped(mark));
  const auto first = journal->read_finals({}, 1);
  for (std::uint64_t number = 2; number <= 5; ++number)
    finish(number);
  ASSERT_TRUE(journal->flush(kLong));
  ASSERT_EQ(journal->mark_shipped(first->next, 1), 0);
  EXPECT_EQ(journal->backlog(), 4u);
  EXPECT_TRUE(journal->shipped(mark));
  auto later = journal->mark();
  EXPECT_FALSE(journal->shipped(later));
  EXPECT_TRUE(journal->shipped(mark));
}

TEST_F(JournalTest, NothingThatIsInMemoryCountsAsShipped) {
  open();
  {
    const std::lock_guard guard(disk->mutex);
    disk->append_error = ENOSPC;
  }
  finish(1);
  auto mark = journal->mark();
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_EQ(journal->backlog(), 0u) << "of what is on disk";
  EXPECT_FALSE(journal->shipped(mark));
  {
    const std::lock_guard guard(disk->mutex);
    disk->append_error = 0;
  }
  while (!journal->writable())
    std::this_thread::yield();
  EXPECT_FALSE(journal->shipped(mark));
  const auto found = journal->read_finals({}, 10);
  ASSERT_EQ(journal->mark_shipped(found->next, 1), 0);
  EXPECT_TRUE(journal->shipped(mark));
}

TEST_F(JournalTest, HealsWithoutAnythingToWrite) {
  open();
  {
    const std::lock_guard guard(disk->mutex);
    disk->sync_error = EIO;
  }
  answer(1);
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_FALSE(journal->writable());
  {
    const std::lock_guard guard(disk->mutex);
    disk->sync_error = 0;
  }
  while (!journal->writable())
    std::this_thread::yield();
  mailbox.run();
  EXPECT_EQ(denied, 1);
}

TEST_F(JournalTest, LittleFreeSpaceRefusesNewWorkBeforeTheDiskIsFull) {
  disk->free = 1000;
  open();
  EXPECT_FALSE(journal->writable());
  finish(1);
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_THAT(finals(), ElementsAre(record_id(1)));
}

TEST_F(JournalTest, TooMuchInMemoryRefusesNewWork) {
  settings.queue_octets = 2000;
  settings.final_window = settings.answered_window = std::chrono::hours(1);
  open();
  for (std::uint64_t i = 1; i <= 20; ++i)
    finish(i);
  EXPECT_FALSE(journal->writable());
  answer(30);
  mailbox.run();
  EXPECT_EQ(denied, 1);
  ASSERT_TRUE(journal->flush(kLong));
  EXPECT_TRUE(journal->writable());
  EXPECT_EQ(finals().size(), 20u);
}

TEST_F(JournalTest, AbsurdStateIsRefusedNotWritten) {
  open();
  journal->answered(small_record(1, RecordState::Answered), std::string(2u << 20, 'x'), mailbox,
                    [this](bool durable) { (durable ? granted : denied) += 1; });
  mailbox.run();
  EXPECT_EQ(denied, 1);
}

TEST_F(JournalTest, BrokenDiskDoesNotHoldUpTheStopForEver) {
  open();
  disk->append_error = EIO;
  finish(1);
  journal.reset();
  EXPECT_EQ(counter("warp_records_lost_total"), 1u);
}

TEST_F(JournalTest, ManyThreadsLoseNothing) {
  open();
  constexpr std::uint64_t kThreads = 4, kEach = 2000;
  std::vector<std::thread> shards;
  for (std::uint64_t shard = 0; shard < kThreads; ++shard)
    shards.emplace_back([&, shard] {
      for (std::uint64_t i = 0; i < kEach; ++i)
        finish(shard * kEach + i);
    });
  for (auto& shard : shards)
    shard.join();
  ASSERT_TRUE(journal->flush(kLong));
  auto ids = finals();
  std::sort(ids.begin(), ids.end());
  ASSERT_EQ(ids.size(), kThreads * kEach);
  for (std::uint64_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(ids[i], record_id(i));
}

// The process dies within each change of the disk in turn. Whatever was acknowledged must be there, and a
// call is an orphan or has its final record, never both, never neither.
TEST_F(JournalTest, DeathAtEveryStepKeepsWhatWasAcknowledged) {
  settings.segment_octets = 700;
  settings.kept_segments = 1;
  constexpr std::uint64_t kCalls = 12;
  std::size_t steps = 0;
  for (std::size_t dies_at = 1; dies_at == 1 || dies_at <= steps; ++dies_at) {
    disk = std::make_shared<Disk>();
    if (dies_at > 1) disk->dies_at = dies_at;
    std::set<std::uint64_t> acknowledged;
    auto opened = Journal::open(std::make_unique<test::MemoryStorage>(disk), settings, clock, metrics, log);
    if (opened) {
      journal = std::move(*opened);
      for (std::uint64_t i = 1; i <= kCalls; ++i) {
        journal->answered(small_record(i, RecordState::Answered), "s", mailbox, [&, i](bool durable) {
          if (durable) acknowledged.insert(i);
        });
        (void)journal->flush(kLong);
        if (i > 3) finish(i - 3);
        (void)journal->flush(kLong);
        const auto batch = journal->read_finals(journal->shipped(), 2);
        if (batch && i % 4 == 0) (void)journal->mark_shipped(batch->next, batch->records.size());
      }
      mailbox.run();
      journal.reset();
    }
    if (dies_at == 1) steps = disk->changes;
    for (const bool power_loss : {false, true}) {
      disk = disk->image(power_loss, dies_at % 3 * 17);
      open();
      std::set<std::uint64_t> present;
      for (const auto& orphan : journal->recover())
        EXPECT_TRUE(present.insert(orphan.draft.id.value.bytes[15]).second);
      std::set<std::uint64_t> ended;
      const auto batch = journal->read_finals({}, 1000);
      for (const auto& record : batch->records)
        ended.insert(record.id.value.bytes[15]);
      for (const auto number : ended)
        EXPECT_FALSE(present.contains(number)) << "dies at " << dies_at << ", call " << number;
      const auto shipped = journal->shipped();
      for (const auto number : acknowledged) {
        const bool gone_after_shipping = shipped > Position{} && number <= kCalls - 3;
        EXPECT_TRUE(present.contains(number) || ended.contains(number) || gone_after_shipping)
            << "dies at " << dies_at << ", call " << number;
      }
      journal.reset();
    }
  }
  EXPECT_GT(steps, 50u);
}

}  // namespace
}  // namespace warp::records
