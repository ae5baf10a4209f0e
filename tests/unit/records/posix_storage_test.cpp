#include <csignal>
#include <filesystem>
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/records/journal.h"
#include "warp/records/storage.h"

#include "support/manual_clock.h"
#include "support/sample_records.h"

namespace warp::records {
namespace {

struct PosixStorage : testing::Test {
  PosixStorage() {
    std::string pattern = (std::filesystem::temp_directory_path() / "warp-journal-XXXXXX").string();
    base = ::mkdtemp(pattern.data());
    folder = base + "/journal";
  }
  ~PosixStorage() override { std::filesystem::remove_all(base); }

  std::unique_ptr<Storage> open() {
    auto storage = posix_storage(folder);
    return storage ? std::move(*storage) : nullptr;
  }

  std::string base, folder;
};

// No file may grow beyond `octets` while this lives: what a full disk looks like.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t octets) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{octets, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(PosixStorage, BelongsToOneOwnerAtATime) {
  auto storage = open();
  ASSERT_TRUE(storage);
  const auto second = posix_storage(folder);
  ASSERT_FALSE(second);
  EXPECT_EQ(static_cast<int>(second.error()), EWOULDBLOCK);
  storage.reset();
  EXPECT_TRUE(open());
  EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(PosixStorage, AppendsReadsCutsReplacesAndRemoves) {
  auto storage = open();
  auto file = storage->create("a");
  ASSERT_TRUE(file);
  EXPECT_EQ(static_cast<int>(storage->create("a").error()), EEXIST);
  EXPECT_EQ((*file)->append("hello "), 0);
  EXPECT_EQ((*file)->append("world"), 0);
  EXPECT_EQ((*file)->sync(), 0);
  EXPECT_EQ(*storage->read("a", 6, 100), "world");
  EXPECT_EQ(*storage->read("a", 100, 100), "");
  EXPECT_EQ((*file)->truncate(6), 0);
  EXPECT_EQ((*file)->append("all"), 0);
  EXPECT_EQ(*storage->read("a", 0, 100), "hello all");
  EXPECT_EQ(*storage->size("a"), 9u);
  EXPECT_EQ(storage->truncate("a", 5), 0);
  EXPECT_EQ(*storage->size("a"), 5u);
  EXPECT_EQ(storage->replace("b", "one"), 0);
  EXPECT_EQ(storage->replace("b", "two"), 0);
  EXPECT_EQ(*storage->read("b", 0, 100), "two");
  EXPECT_THAT(*storage->list(), testing::IsSupersetOf({"a", "b", "lock"}));
  EXPECT_EQ(storage->remove("a"), 0);
  EXPECT_EQ(storage->remove("a"), ENOENT);
  EXPECT_EQ(static_cast<int>(storage->read("a", 0, 1).error()), ENOENT);
  EXPECT_GT(storage->free_octets(), 0u);
}

TEST_F(PosixStorage, DirectoryThatCannotBeMadeIsAnError) {
  EXPECT_EQ(static_cast<int>(posix_storage(base + "/missing/journal").error()), ENOENT);
}

TEST_F(PosixStorage, JournalHealsAfterTheDiskWasFull) {
  const test::ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{log::Settings{log::Format::Text, log::Level::Error, "/dev/null"}};
  JournalSettings settings;
  settings.final_window = settings.retry_interval = std::chrono::milliseconds(1);
  settings.min_free_octets = 0;
  const auto open_journal = [&] {
    auto journal = Journal::open(open(), settings, clock, metrics, log);
    return journal ? std::move(*journal) : nullptr;
  };
  {
    auto journal = open_journal();
    ASSERT_TRUE(journal);
    {
      const FileSizeLimit full(2000);
      for (std::uint64_t i = 1; i <= 100; ++i)
        journal->finished(test::small_record(i, domain::RecordState::Final));
      ASSERT_TRUE(journal->flush(std::chrono::seconds(20)));
      EXPECT_FALSE(journal->writable());
    }
    while (!journal->writable())
      std::this_thread::yield();
    EXPECT_EQ(journal->backlog(), 100u);
  }
  auto journal = open_journal();
  ASSERT_TRUE(journal);
  const auto batch = journal->read_finals({}, 1000);
  ASSERT_EQ(batch->records.size(), 100u);
  for (std::uint64_t i = 0; i < 100; ++i)
    EXPECT_EQ(batch->records[i].id, test::record_id(i + 1));
}

}  // namespace
}  // namespace warp::records
