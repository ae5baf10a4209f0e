// What a zstd file of at most 8 MiB holds; a failed test and nothing when it is none.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <zstd.h>

#include <gtest/gtest.h>

namespace warp::test {

inline std::string unpacked(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string packed{std::istreambuf_iterator<char>(stream), {}};
  std::string out(8 << 20, '\0');
  const auto size = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  EXPECT_FALSE(ZSTD_isError(size)) << file << ": " << ZSTD_getErrorName(size);
  out.resize(ZSTD_isError(size) ? 0 : size);
  return out;
}

}  // namespace warp::test
