#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_keys.h"

namespace warp::app {
namespace {

using testing::HasSubstr;

LoadedConfig load(const std::string& text) {
  auto pattern = (std::filesystem::temp_directory_path() / "warp-porting-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "warp.yaml") << text;
  auto loaded = load_config(folder / "warp.yaml");
  std::filesystem::remove_all(folder);
  return loaded;
}

std::string fault(const std::string& text) {
  const auto loaded = load(text);
  EXPECT_EQ(loaded.faults.size(), 1u) << text;
  return loaded.faults.empty() ? "" : loaded.faults.front().to_string();
}

TEST(PortingConfig, IsRead) {
  const auto loaded = load(
      "porting: {company: Example, own_spid: 98AB, interval: 1s, embedded: {automatic: true, step: 2s, "
      "business_days: 5}, tniq: {url: 'https://api.example/v2', poll_interval: 30s}}\n");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto& porting = loaded.config.porting;
  EXPECT_EQ(porting.company, "Example");
  EXPECT_EQ(porting.own_spid, "98AB");
  EXPECT_TRUE(porting.embedded.automatic);
  EXPECT_EQ(porting.embedded.business_days, 5u);
  EXPECT_EQ(porting.tniq.url, "https://api.example/v2");
  EXPECT_EQ(porting.poll_interval, std::chrono::seconds(30));
}

TEST(PortingConfig, RefusesWhatCannotBe) {
  EXPECT_THAT(fault("porting: {own_spid: warp}\n"), HasSubstr("no SPID"));
  EXPECT_THAT(fault("porting: {tniq: {url: 'http://api.example'}}\n"), HasSubstr("in the clear"));
  EXPECT_THAT(fault("porting: {tincomply: {url: 'api.example'}}\n"), HasSubstr("no http or https URL"));
  EXPECT_TRUE(load("porting: {tniq: {url: 'http://127.0.0.1:1/x'}}\n").faults.empty());
}

}  // namespace
}  // namespace warp::app
