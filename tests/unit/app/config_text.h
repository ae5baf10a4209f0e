// A configuration written in a test, read as the daemon reads its file.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "app/config_keys.h"

namespace warp::app {

inline LoadedConfig load_text(const std::string& text) {
  auto pattern = (std::filesystem::temp_directory_path() / "warp-config-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "warp.yaml") << text;
  auto loaded = load_config(folder / "warp.yaml");
  std::filesystem::remove_all(folder);
  return loaded;
}

// Its only fault.
inline std::string fault_in(const std::string& text) {
  const auto loaded = load_text(text);
  EXPECT_EQ(loaded.faults.size(), 1u) << text;
  return loaded.faults.empty() ? "" : loaded.faults.front().to_string();
}

}  // namespace warp::app
