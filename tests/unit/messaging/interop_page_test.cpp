// docs/messaging/smpp.md names tests: each of them exists, and no rule, complaint or threat is without one.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace warp::messaging {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::set<std::string> tests_below(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.path().filename().string().ends_with("_test.cpp")) continue;
    const auto text = read(entry.path());
    for (auto at = text.find("\nTEST"); at != std::string::npos; at = text.find("\nTEST", at + 1)) {
      const auto comma = text.find(',', at), end = text.find(')', at);
      if (end == std::string::npos || comma > end) continue;
      const auto name = text.find_first_not_of(" \n", comma + 1);
      names.insert(text.substr(name, end - name));
    }
  }
  return names;
}

// The names in the last column of the page's tables.
std::set<std::string> named(const std::string& page) {
  std::set<std::string> names;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ")) continue;
    const auto column = line.rfind('|', line.rfind('|') - 1);
    for (auto at = line.find('`', column); at != std::string::npos; at = line.find('`', at + 1)) {
      const auto end = line.find('`', at + 1);
      names.insert(line.substr(at + 1, end - at - 1));
      at = end;
    }
  }
  return names;
}

TEST(InteropPage, EveryTestThatItNamesExists) {
  const fs::path root = WARP_SOURCE_DIR;
  auto tests = tests_below(root / "tests/unit/messaging");
  tests.merge(tests_below(root / "tests/unit/smpp"));
  const auto names = named(read(root / "docs/messaging/smpp.md"));
  EXPECT_GT(names.size(), 50u);
  for (const auto& name : names)
    EXPECT_TRUE(tests.contains(name)) << name;
}

TEST(InteropPage, EveryRuleAndEveryThreatIsOnIt) {
  const fs::path root = WARP_SOURCE_DIR;
  const auto names = named(read(root / "docs/messaging/smpp.md"));
  for (int rule = 1; rule <= 16; ++rule) {
    const auto prefix = std::string("InteropRule") + (rule < 10 ? "0" : "") + std::to_string(rule) + "_";
    const auto at = names.lower_bound(prefix);
    EXPECT_TRUE(at != names.end() && at->starts_with(prefix)) << prefix;
  }
  auto tests = tests_below(root / "tests/unit/smpp");
  tests.merge(tests_below(root / "tests/unit/messaging"));
  for (const auto& test : tests)
    if (test.starts_with("Threat_")) {
      EXPECT_TRUE(names.contains(test)) << test << " is not on the page";
    }
}

}  // namespace
}  // namespace warp::messaging
