// Pages of the repository that the code renders: a test compares them; with WARP_UPDATE_DOCS set it writes
// them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace warp::test {

// `path` is below the repository's root.
inline void expect_page(const std::string& path, const std::string& rendered) {
  const auto file = std::filesystem::path(WARP_SOURCE_DIR) / path;
  if (std::getenv("WARP_UPDATE_DOCS") != nullptr) std::ofstream(file) << rendered;
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str(), rendered) << path << " is stale: run the unit tests with WARP_UPDATE_DOCS=1";
}

}  // namespace warp::test
