#include "warp/store/migrator.h"

#include <filesystem>
#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/services.h"

namespace warp::store {
namespace {

using test::Postgres;
using ::testing::HasSubstr;

class MigratorTest : public ::testing::Test {
 protected:
  Postgres& postgres = Postgres::instance();
  std::string database = postgres.create_database();
  std::string owner = postgres.owner(database);
  void TearDown() override { postgres.drop_database(database); }
};

TEST_F(MigratorTest, AppliesAllOnceAndThenNothing) {
  const auto first = migrate(owner, embedded_migrations());
  ASSERT_TRUE(first) << first.error();
  EXPECT_EQ(first->applied.size(), embedded_migrations().size());
  EXPECT_EQ(first->applied.front(), "0001_foundation");
  const auto second = migrate(owner, embedded_migrations());
  ASSERT_TRUE(second) << second.error();
  EXPECT_TRUE(second->applied.empty());
  EXPECT_EQ(second->version, embedded_migrations().size());
}

TEST_F(MigratorTest, EmbeddedAreTheFilesOfTheTree) {
  const auto files = read_migrations(std::filesystem::path(WARP_SOURCE_DIR) / "sql/migrations");
  ASSERT_TRUE(files) << files.error();
  const auto embedded = embedded_migrations();
  ASSERT_EQ(files->size(), embedded.size());
  for (std::size_t i = 0; i < embedded.size(); ++i) {
    EXPECT_EQ((*files)[i].slug, embedded[i].slug);
    EXPECT_EQ((*files)[i].checksum, embedded[i].checksum);
  }
}

TEST_F(MigratorTest, RefusesAChangedMigration) {
  auto migrations = embedded_migrations();
  ASSERT_TRUE(migrate(owner, migrations));
  migrations[1].checksum = std::string(64, '0');
  const auto refused = migrate(owner, migrations);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("0002_billing_plans was changed after it had been applied"));
}

TEST_F(MigratorTest, RefusesADatabaseOfANewerRelease) {
  auto migrations = embedded_migrations();
  ASSERT_TRUE(migrate(owner, migrations));
  migrations.pop_back();
  const auto refused = migrate(owner, migrations);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("newer release"));
}

TEST_F(MigratorTest, AFailingMigrationLeavesNothingOfItself) {
  auto migrations = embedded_migrations();
  const auto good = static_cast<std::uint32_t>(migrations.size());
  migrations.push_back({good + 1, "bad", "CREATE TABLE warp.half (a int); SELECT 1/0;", "x"});
  const auto failed = migrate(owner, migrations);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr("_bad: ERROR"));
  EXPECT_EQ(postgres.run(database, "SELECT to_regclass('warp.half') IS NULL"), "t");
  EXPECT_EQ(postgres.run(database, "SELECT max(version) FROM warp.schema_migrations"), std::to_string(good));
}

TEST_F(MigratorTest, RefusesAMigrationThatCommits) {
  const std::vector<Migration> migrations{{1, "sly", "CREATE TABLE warp.sly (a int); COMMIT;", "x"}};
  const auto refused = migrate(owner, migrations);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("ends its transaction itself"));
}

TEST_F(MigratorTest, ManyAtOnceApplyEachOnce) {
  std::vector<std::future<Result<MigrationReport, std::string>>> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(std::async(std::launch::async, [&] { return migrate(owner, embedded_migrations()); }));
  std::size_t applied = 0;
  for (auto& one : all) {
    const auto report = one.get();
    ASSERT_TRUE(report) << report.error();
    applied += report->applied.size();
  }
  EXPECT_EQ(applied, embedded_migrations().size());
}

TEST_F(MigratorTest, TellsTheStateOfTheSchemaToTheDaemonsLogin) {
  const auto login = postgres.conninfo(database);
  const auto before = schema_state(login, embedded_migrations());
  ASSERT_TRUE(before) << before.error();
  EXPECT_FALSE(before->current);
  EXPECT_THAT(before->difference, HasSubstr("warpd migrate"));
  ASSERT_TRUE(migrate(owner, embedded_migrations()));
  const auto after = schema_state(login, embedded_migrations());
  ASSERT_TRUE(after) << after.error();
  EXPECT_TRUE(after->current) << after->difference;
}

TEST(MigrationFiles, NamesAndNumbersAreChecked) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("warp-migrations-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const auto write = [&](const char* name) { std::ofstream(folder / name) << "SELECT 1;"; };
  write("0001_one.sql");
  write("0003_three.sql");
  const auto gap = read_migrations(folder);
  write("0002_two.sql");
  const auto whole = read_migrations(folder);
  write("4_four.sql");
  const auto name = read_migrations(folder);
  std::filesystem::remove_all(folder);
  EXPECT_FALSE(gap);
  EXPECT_TRUE(whole);
  EXPECT_FALSE(name);
}

}  // namespace
}  // namespace warp::store
