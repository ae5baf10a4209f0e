#include "warp/base/compressed_file.h"

#include <random>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/unpacked.h"

namespace warp {
namespace {

namespace fs = std::filesystem;

class CompressedFileTest : public testing::Test {
 protected:
  CompressedFileTest() {
    char pattern[] = "/tmp/warp-compressed-XXXXXX";
    folder_ = ::mkdtemp(pattern);
  }
  ~CompressedFileTest() override { fs::remove_all(folder_); }

  static std::span<const std::byte> octets(const std::string& text) { return std::as_bytes(std::span(text)); }

  fs::path folder_;
};

TEST_F(CompressedFileTest, WhatWasWrittenComesBackInOnePiece) {
  std::mt19937 random(7);
  std::string all;
  auto file = CompressedFile::create(folder_ / "day.zst");
  ASSERT_TRUE(file.has_value()) << file.error();
  for (int i = 0; i < 3000; ++i) {
    std::string piece(random() % 700, '\0');
    for (auto& c : piece)
      c = static_cast<char>(random());
    all += piece;
    ASSERT_TRUE(file->write(octets(piece)));
  }
  EXPECT_FALSE(fs::exists(folder_ / "day.zst")) << "not before it is whole";
  ASSERT_TRUE(file->finish().has_value());
  EXPECT_EQ(test::unpacked(folder_ / "day.zst"), all);
  EXPECT_FALSE(fs::exists(folder_ / "day.zst.part"));
}

TEST_F(CompressedFileTest, LetGoOfItLeavesNothingAndTheOldFileStays) {
  const auto place = folder_ / "day.zst";
  {
    auto file = CompressedFile::create(place);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->write(octets("first")));
    ASSERT_TRUE(file->finish().has_value());
  }
  {
    auto file = CompressedFile::create(place);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->write(octets("second")));
  }
  EXPECT_EQ(test::unpacked(place), "first");
  EXPECT_FALSE(fs::exists(folder_ / "day.zst.part"));
}

TEST_F(CompressedFileTest, AMissingFolderIsNamed) {
  const auto file = CompressedFile::create(folder_ / "nowhere" / "day.zst");
  ASSERT_FALSE(file.has_value());
  EXPECT_NE(file.error().find("nowhere"), std::string::npos) << file.error();
}

TEST_F(CompressedFileTest, ADeviceThatIsFullIsAnErrorAndNotAFile) {
  fs::create_symlink("/dev/full", folder_ / "full.zst.part");
  auto file = CompressedFile::create(folder_ / "full.zst");
  ASSERT_TRUE(file.has_value()) << file.error();
  const std::string piece(1 << 20, 'x');
  file->write(octets(piece));
  const auto finished = file->finish();
  ASSERT_FALSE(finished.has_value());
  EXPECT_NE(finished.error().find("No space left"), std::string::npos) << finished.error();
  EXPECT_FALSE(fs::exists(folder_ / "full.zst"));
}

}  // namespace
}  // namespace warp
