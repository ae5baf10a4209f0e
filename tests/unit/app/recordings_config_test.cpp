#include <gtest/gtest.h>

#include "app/config_keys.h"

namespace warp::app {
namespace {

std::vector<std::string> faulty_keys(const Config& config) {
  std::vector<std::string> out;
  for (const auto& fault : cross_check(config, "f"))
    if (fault.key.starts_with("recordings")) out.push_back(fault.key);
  return out;
}

TEST(RecordingsConfig, FaultsAreNamed) {
  Config config;
  EXPECT_TRUE(faulty_keys(config).empty());
  config.recordings.key_file = "/nonexistent";
  EXPECT_EQ(faulty_keys(config), (std::vector<std::string>{"recordings.key_file"}));
  config.recordings.key_file.clear();
  config.recordings.upload.url = "https://h/the-same";
  EXPECT_EQ(faulty_keys(config), (std::vector<std::string>{"recordings.upload.url"}));
  config.recordings.upload.url = "https://h/{id}";
  EXPECT_TRUE(faulty_keys(config).empty());
  config.recordings.upload.command = "/bin/true";
  EXPECT_EQ(faulty_keys(config), (std::vector<std::string>{"recordings.upload"}));
}

}  // namespace
}  // namespace warp::app
