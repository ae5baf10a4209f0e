#include "warp/base/descriptor.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace warp {
namespace {

class DescriptorTest : public testing::Test {
 protected:
  DescriptorTest() { std::filesystem::create_directory(folder_); }
  ~DescriptorTest() override { std::filesystem::remove_all(folder_); }
  static std::string content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("descriptor_test_" + std::to_string(::getpid()));
};

TEST_F(DescriptorTest, AReplacedFileIsTheOwnersAndWhole) {
  const auto file = folder_ / "state";
  ASSERT_TRUE(replace_file(file, "first, and longer"));
  ASSERT_TRUE(replace_file(file, "second"));
  EXPECT_EQ(content(file), "second");
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  EXPECT_FALSE(replace_file(folder_ / "none" / "state", "lost"));
}

TEST_F(DescriptorTest, WritesAtTheEndAndInPlace) {
  const auto file = Descriptor::open(folder_ / "text", O_RDWR | O_CREAT);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file.write("one "));
  EXPECT_TRUE(file.write("two"));
  const std::string over = "ONE";
  EXPECT_TRUE(file.write_at(std::as_bytes(std::span(over)), 0));
  EXPECT_EQ(content(folder_ / "text"), "ONE two");
  EXPECT_EQ(file.size(), 7u);
  std::string read(16, ' ');
  EXPECT_EQ(file.read_at(std::as_writable_bytes(std::span(read)), 4), 3u);
  EXPECT_TRUE(file.cut(3));
  EXPECT_EQ(content(folder_ / "text"), "ONE");
}

TEST_F(DescriptorTest, WhatIsNotOpenTakesNothing) {
  const Descriptor none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(none.write("x"));
  EXPECT_FALSE(none.sync());
}

}  // namespace
}  // namespace warp
