#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "warp/base/random.h"
#include "warp/store/record_archive.h"
#include "warp/store/record_repository.h"

#include "integration/archived_lines.h"
#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using domain::CallRecord;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class StoreRecordArchive : public test::StoreTest {
 protected:
  StoreRecordArchive() {
    char pattern[] = "/tmp/warp-cdrs-XXXXXX";
    folder_ = ::mkdtemp(pattern);
  }
  ~StoreRecordArchive() override { fs::remove_all(folder_); }

  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }
  static WallTime noon(int year) {
    return WallTime(std::chrono::sys_days{std::chrono::year(year) / 2 / 28}) + 12h;
  }
  // Its charge has no entry in the ledger: it is there to be summed, and goes with its day.
  CallRecord stored(WallTime when, std::int64_t nanos = 0) {
    static const auto payer = customer().id;
    CallRecord out;
    out.id = RecordId{ids.uuid7(when)};
    out.call = CallId{ids.uuid7(when)};
    out.customer = payer;
    out.setup_at = out.ended_at = when;
    out.sip_call_id = "a \"quoted\" id";
    auto batch = std::make_shared<const std::vector<CallRecord>>(std::vector<CallRecord>{out});
    EXPECT_EQ(need(records.insert(batch)), 1u);
    ask("UPDATE records.cdrs SET charge_nanos = " + std::to_string(nanos) + " WHERE id = '" +
        out.id.to_string() + "'");
    return out;
  }
  RecordArchive archive(bool delete_files = false) {
    RecordArchiveSettings settings;
    settings.folder = folder_;
    settings.delete_files = delete_files;
    return RecordArchive(t.pool, settings, t.metrics, t.log);
  }
  RecordArchive::Round round(RecordArchive& archive, WallTime now) {
    RecordArchive::Round done;
    EXPECT_TRUE(t.run(archive.round(now, done)));
    return done;
  }
  auto lines(const std::string& name) const { return test::archived_lines(folder_ / name); }
  static bool has_partition(int year) {
    return ask("SELECT to_regclass('records.cdrs_" + std::to_string(year) + "0228') IS NOT NULL") == "t";
  }

  static constexpr auto kKept = 401 * 24h;
  SeededIdSource ids{7};
  RecordRepository records{t.pool};
  fs::path folder_;
};

TEST_F(StoreRecordArchive, ADayThatIsOverBecomesAFileAndLeaves) {
  const auto when = noon(1991);
  const auto one = stored(when, 30), two = stored(when + 1s, 12);
  auto archiver = archive();
  EXPECT_EQ(round(archiver, when + 399 * 24h).days, 0u) << "not yet";
  const auto done = round(archiver, when + kKept);
  EXPECT_EQ(done.archived, 2u);
  EXPECT_EQ(done.days, 1u);
  EXPECT_FALSE(has_partition(1991));
  const auto kept = lines("cdrs-19910228.jsonl.zst");
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].at("id"), one.id.to_string());
  EXPECT_EQ(kept[0].at("sip_call_id"), one.sip_call_id);
  EXPECT_EQ(kept[1].at("charge_nanos"), 12);
  EXPECT_EQ(
      ask("SELECT concat_ws(' ', records, charged_nanos, dropped_at IS NOT NULL, encode(sha256, 'hex')) FROM "
          "records.past_days WHERE day = '1991-02-28'"),
      "2 42 t " + t.run(sha256_of(folder_ / "cdrs-19910228.jsonl.zst")));
  EXPECT_EQ(round(archiver, when + kKept).archived, 0u) << "done is done";
  EXPECT_EQ(ask("SELECT count(*) FROM billing.check_calls()"), "0");
}

TEST_F(StoreRecordArchive, WhatComesLaterGoesToAFileOfItsOwn) {
  const auto when = noon(1992);
  stored(when);
  auto archiver = archive();
  EXPECT_EQ(round(archiver, when + kKept).days, 1u);
  const auto late = stored(when + 1s);
  EXPECT_EQ(round(archiver, when + kKept).days, 1u);
  EXPECT_EQ(lines("cdrs-19920228.jsonl.zst").size(), 1u) << "is left as it was";
  const auto second = lines("cdrs-19920228-2.jsonl.zst");
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].at("id"), late.id.to_string());
}

// The daemon stopped between the file and the drop.
TEST_F(StoreRecordArchive, ADayThatChangedOrAFileThatDidIsArchivedAnew) {
  const auto when = noon(1993);
  stored(when, 5);
  const auto place = folder_ / "cdrs-19930228.jsonl.zst";
  ask("INSERT INTO records.past_days (day, archived_at, records, charged_nanos, file, sha256) VALUES "
      "('1993-02-28', "
      "now(), 1, 5, '" +
      place.string() + "', '\\x00')");
  std::ofstream(place) << "damaged";
  auto archiver = archive();
  EXPECT_EQ(round(archiver, when + kKept).days, 0u) << "the file is not what was written";
  EXPECT_TRUE(has_partition(1993));
  EXPECT_EQ(lines("cdrs-19930228.jsonl.zst").size(), 1u);
  stored(when + 1s, 6);
  EXPECT_EQ(round(archiver, when + kKept).days, 0u) << "a record came meanwhile";
  EXPECT_EQ(lines("cdrs-19930228.jsonl.zst").size(), 2u);
  EXPECT_EQ(round(archiver, when + kKept).days, 1u);
  EXPECT_FALSE(has_partition(1993));
}

TEST_F(StoreRecordArchive, AFileOfAnotherNodeIsLeftToIt) {
  const auto when = noon(1994);
  stored(when);
  ask("INSERT INTO records.past_days (day, archived_at, records, charged_nanos, file, sha256) VALUES "
      "('1994-02-28', "
      "now(), 1, 0, '/nowhere/cdrs-19940228.jsonl.zst', '\\x00')");
  auto archiver = archive();
  EXPECT_EQ(round(archiver, when + kKept).days, 0u);
  EXPECT_TRUE(has_partition(1994));
  ask("DELETE FROM records.past_days WHERE day = '1994-02-28'");
  EXPECT_EQ(round(archiver, when + kKept).days, 1u);
}

TEST_F(StoreRecordArchive, OldFilesAreNamedAndDeletedWhenThatIsAllowed) {
  const auto when = noon(1971);
  stored(when);
  auto archiver = archive();
  round(archiver, when + kKept);
  const auto place = folder_ / "cdrs-19710228.jsonl.zst";
  EXPECT_TRUE(round(archiver, when + 7 * 365 * 24h).old_files.empty());
  const auto later = when + 7 * 366 * 24h + 24h;
  EXPECT_EQ(round(archiver, later).old_files, std::vector<std::string>{place.string()});
  EXPECT_TRUE(fs::exists(place));
  auto deleting = archive(true);
  EXPECT_EQ(round(deleting, later).old_files.size(), 1u);
  EXPECT_FALSE(fs::exists(place));
  EXPECT_TRUE(round(deleting, later).old_files.empty());
}

TEST_F(StoreRecordArchive, ADayThatIsNotInTheArchiveIsNotDropped) {
  constexpr pg::Query kDrop{"test.record_archive_drop", "SELECT records.drop_day('1995-02-28')"};
  const auto when = noon(1995);
  stored(when);
  EXPECT_FALSE(t.run(t.pool.query(pg::Scope::operators(), kDrop, pg::Params())).has_value());
  EXPECT_TRUE(has_partition(1995));
  auto archiver = archive();
  EXPECT_EQ(round(archiver, when + kKept).days, 1u);
}

TEST_F(StoreRecordArchive, AFolderThatIsNotThereDropsNothing) {
  const auto when = noon(1996);
  stored(when);
  RecordArchiveSettings settings;
  settings.folder = folder_ / "nowhere";
  RecordArchive archiver(t.pool, settings, t.metrics, t.log);
  RecordArchive::Round done;
  EXPECT_FALSE(t.run(archiver.round(when + kKept, done)));
  EXPECT_TRUE(has_partition(1996));
  auto working = archive();
  EXPECT_EQ(round(working, when + kKept).days, 1u);
}

}  // namespace
}  // namespace warp::store
