#include "warp/records/shipper.h"

#include <map>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/records/record_codec.h"

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
using testing::IsEmpty;

// A database: a table by id, and moods.
class FakeWriter final : public RecordWriter {
 public:
  boost::asio::awaitable<Result<std::uint64_t, WriteError>> write(
      std::shared_ptr<const std::vector<domain::CallRecord>> batch) override {
    ++writes;
    if (away) co_return fault(WriteError::Kind::Away);
    if (random && random->next64() % 3 == 0) {
      // Broken on the way: it may have been done or not.
      if (random->next64() % 2 == 0) insert(*batch);
      co_return fault(WriteError::Kind::Away);
    }
    for (const auto& record : *batch)
      if (poison.contains(record.id)) co_return fault(kind_of_poison);
    co_return insert(*batch);
  }

  std::map<RecordId, int> rows;
  std::set<RecordId> poison;
  WriteError::Kind kind_of_poison = WriteError::Kind::Poison;
  bool away = false;
  SeededIdSource* random = nullptr;
  int writes = 0;

 private:
  static WriteError fault(WriteError::Kind kind) { return {kind, "as the test says"}; }
  std::uint64_t insert(const std::vector<domain::CallRecord>& batch) {
    std::uint64_t fresh = 0;
    for (const auto& record : batch)
      fresh += ++rows[record.id] == 1 ? 1 : 0;
    return fresh;
  }
};

struct ShipperTest : testing::Test {
  ShipperTest() {
    settings.batch = 8;
    settings.refusals_before_dead = 3;
    open();
  }
  void open() {
    journal.reset();
    JournalSettings journal_settings;
    journal_settings.segment_octets = 2000;
    journal_settings.answered_window = journal_settings.final_window = milliseconds(0);
    auto opened =
        Journal::open(std::make_unique<test::MemoryStorage>(disk), journal_settings, clock, metrics, log);
    ASSERT_TRUE(opened);
    journal = std::move(*opened);
    shipper = std::make_unique<Shipper>(*journal, writer, clock, settings, metrics, log);
  }
  void finish(std::uint64_t first, std::uint64_t last) {
    for (auto i = first; i <= last; ++i)
      journal->finished(small_record(i, RecordState::Final));
    ASSERT_TRUE(journal->flush(milliseconds(20'000)));
  }
  milliseconds ship_once() {
    boost::asio::io_context context;
    auto wait = boost::asio::co_spawn(context, shipper->ship_once(), boost::asio::use_future);
    context.run();
    return wait.get();
  }
  void ship_all() {
    for (int i = 0; i < 10'000 && journal->backlog() > 0; ++i)
      ship_once();
  }
  std::set<std::string> dead() {
    std::set<std::string> names;
    for (const auto& [name, file] : disk->files())
      if (name.starts_with("dead-")) names.insert(name);
    return names;
  }
  std::uint64_t counter(std::string_view name) { return metrics.counter(name, "").value(); }

  std::shared_ptr<Disk> disk = std::make_shared<Disk>();
  test::ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{log::Settings{log::Format::Text, log::Level::Error, "/dev/null"}};
  ShipperSettings settings;
  FakeWriter writer;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Shipper> shipper;
};

TEST_F(ShipperTest, ShipsInBatchesUntilNothingIsLeft) {
  finish(1, 20);
  EXPECT_EQ(ship_once(), milliseconds(0)) << "a full batch: there may be more";
  EXPECT_EQ(writer.rows.size(), 8u);
  EXPECT_EQ(journal->backlog(), 12u);
  EXPECT_EQ(ship_once(), milliseconds(0));
  EXPECT_EQ(ship_once(), settings.interval);
  EXPECT_EQ(writer.rows.size(), 20u);
  EXPECT_FALSE(shipper->idle());
  EXPECT_EQ(ship_once(), settings.interval);
  EXPECT_TRUE(shipper->idle());
  EXPECT_EQ(writer.writes, 3);
  EXPECT_EQ(counter("warp_records_shipped_total"), 20u);
}

TEST_F(ShipperTest, DatabaseAwayMeansWaitingLongerEachTime) {
  finish(1, 3);
  writer.away = true;
  EXPECT_EQ(ship_once(), settings.backoff_min);
  EXPECT_EQ(ship_once(), settings.backoff_min * 2);
  for (int i = 0; i < 20; ++i)
    EXPECT_LE(ship_once(), settings.backoff_max);
  EXPECT_EQ(journal->backlog(), 3u);
  writer.away = false;
  EXPECT_EQ(ship_once(), settings.interval);
  EXPECT_EQ(writer.rows.size(), 3u);
  writer.away = true;
  finish(4, 4);
  EXPECT_EQ(ship_once(), settings.backoff_min);
}

TEST_F(ShipperTest, PoisonIsSetAsideAndHoldsUpNobody) {
  writer.poison = {record_id(3), record_id(17)};
  finish(1, 20);
  ship_all();
  EXPECT_EQ(writer.rows.size(), 18u);
  const std::string third = "dead-" + record_id(3).to_string() + ".wrec";
  EXPECT_EQ(dead(), (std::set{third, "dead-" + record_id(17).to_string() + ".wrec"}));
  EXPECT_EQ(decode(disk->files()[third].data)->sip_call_id, "call-3");
  EXPECT_EQ(counter("warp_records_dead_letters_total"), 2u);
  EXPECT_EQ(journal->backlog(), 0u);
}

TEST_F(ShipperTest, RefusedWithoutReasonIsSetAsideWhenOthersPass) {
  writer.kind_of_poison = WriteError::Kind::Refused;
  writer.poison = {record_id(2)};
  finish(1, 4);
  ship_all();
  EXPECT_EQ(writer.rows.size(), 3u);
  EXPECT_EQ(dead().size(), 1u);
}

TEST_F(ShipperTest, WhenAllAreRefusedTheDatabaseIsAtFault) {
  writer.kind_of_poison = WriteError::Kind::Refused;
  for (std::uint64_t i = 1; i <= 5; ++i)
    writer.poison.insert(record_id(i));
  finish(1, 5);
  for (int i = 0; i < 20; ++i)
    EXPECT_GT(ship_once(), milliseconds(0));
  EXPECT_THAT(dead(), IsEmpty());
  writer.poison.clear();
  ship_all();
  EXPECT_EQ(writer.rows.size(), 5u);
}

TEST_F(ShipperTest, LoneRefusedRecordIsSetAsideInTheEnd) {
  writer.kind_of_poison = WriteError::Kind::Refused;
  writer.poison = {record_id(1)};
  finish(1, 1);
  ship_once();
  ship_once();
  EXPECT_THAT(dead(), IsEmpty());
  ship_once();
  EXPECT_EQ(dead().size(), 1u);
  EXPECT_EQ(journal->backlog(), 0u);
}

TEST_F(ShipperTest, DeadLetterThatCannotBeWrittenIsNotLost) {
  writer.poison = {record_id(1)};
  finish(1, 1);
  {
    const std::lock_guard guard(disk->mutex);
    disk->replace_error = ENOSPC;
  }
  ship_once();
  EXPECT_EQ(journal->backlog(), 1u);
  {
    const std::lock_guard guard(disk->mutex);
    disk->replace_error = 0;
  }
  ship_once();
  EXPECT_EQ(dead().size(), 1u);
  EXPECT_EQ(journal->backlog(), 0u);
}

TEST_F(ShipperTest, LagIsTheAgeOfTheOldest) {
  finish(1, 1);
  clock.advance(std::chrono::seconds(7));
  writer.away = true;
  ship_once();
  EXPECT_EQ(metrics.gauge("warp_records_ship_lag_seconds", "").value(), 7.0);
  writer.away = false;
  ship_once();
  ship_once();
  EXPECT_EQ(metrics.gauge("warp_records_ship_lag_seconds", "").value(), 0.0);
}

// Connections break before, within and after the commit; the daemon is killed between any two steps. Each
// record is in the table once.
TEST_F(ShipperTest, ExactlyOnceThroughFailuresAndRestarts) {
  SeededIdSource random(7);
  writer.random = &random;
  std::uint64_t next = 1;
  for (int round = 0; round < 40; ++round) {
    finish(next, next + 9);
    next += 10;
    for (auto tries = random.next64() % 6; tries > 0; --tries)
      ship_once();
    if (round % 3 == 0) open();
    if (round % 7 == 0) {
      const std::lock_guard guard(disk->mutex);
      disk->replace_error = disk->replace_error == 0 ? EIO : 0;
    }
  }
  {
    const std::lock_guard guard(disk->mutex);
    disk->replace_error = 0;
  }
  ship_all();
  EXPECT_EQ(writer.rows.size(), next - 1);
  EXPECT_EQ(journal->backlog(), 0u);
  EXPECT_THAT(dead(), IsEmpty());
}

}  // namespace
}  // namespace warp::records
