#include "warp/base/log.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace warp::log {
namespace {

using namespace std::string_view_literals;

TEST(LogRender, TextQuotesWhatWouldBreakALine) {
  EXPECT_EQ(
      render(Format::Text, Level::Info, "call.answered", {{"call", "c1"}, {"pdd_ms", 42}, {"ok", true}}),
      "info    call.answered call=c1 pdd_ms=42 ok=true");
  EXPECT_EQ(render(Format::Text, Level::Warning, "x", {{"a", "two words"}, {"b", ""}}),
            "warning x a=\"two words\" b=\"\"");
  EXPECT_EQ(render(Format::Text, Level::Error, "x", {{"a", "q\"\\="sv}}), R"(error   x a="q\"\\=")");
}

// Bytes from the network cannot forge a line or move the terminal.
TEST(LogRender, HostileBytesStayInTheirField) {
  const auto hostile = "a\r\nerror   fake.event x=1\x1b[2J\x7f\0z"sv;
  const auto text = render(Format::Text, Level::Info, "sip.dropped", {{"from", hostile}});
  for (const char c : text)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  EXPECT_THAT(text, testing::HasSubstr("\\x0d\\x0a"));
  const auto json = render(Format::Json, Level::Info, "sip.dropped", {{"from", hostile}});
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(json)["from"].get<std::string>(), hostile);
}

TEST(LogRender, JsonIsValidWhateverTheBytes) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value{'a', static_cast<char>(byte), '"', static_cast<char>(byte)};
    const auto object = nlohmann::json::parse(render(Format::Json, Level::Info, "x", {{"v", value}}));
    EXPECT_EQ(object["event"], "x");
    if (byte >= 0x80) continue;  // no UTF-8 alone: replaced
    EXPECT_EQ(object["v"].get<std::string>(), value);
  }
}

TEST(LogRender, NumbersKeepTheirRange) {
  const auto object = nlohmann::json::parse(render(
      Format::Json, Level::Debug, "x", {{"u", ~0ull}, {"i", std::int64_t{-5}}, {"d", 0.25}, {"b", false}}));
  EXPECT_EQ(object["u"].get<std::uint64_t>(), ~0ull);
  EXPECT_EQ(object["i"], -5);
  EXPECT_EQ(object["d"], 0.25);
  EXPECT_EQ(object["b"], false);
  EXPECT_EQ(object["level"], "debug");
}

struct LogFile : testing::Test {
  LogFile()
      : path(std::filesystem::temp_directory_path() / ("warp-log-test-" + std::to_string(::getpid()))) {}
  ~LogFile() override {
    std::filesystem::remove(path);
    std::filesystem::remove(path.string() + ".1");
  }
  static std::string content(const std::filesystem::path& from) {
    std::stringstream text;
    text << std::ifstream(from).rdbuf();
    return text.str();
  }
  std::filesystem::path path;
};

TEST_F(LogFile, WritesWholeJsonLinesAboveItsLevel) {
  {
    Logger log(Settings{Format::Json, Level::Info, path.string()});
    log.debug("below.level");
    log.info("first", {{"n", 1}});
    log.set_level(Level::Error);
    log.warning("not.any.more");
    EXPECT_FALSE(log.enabled(Level::Warning));
    log.error("second");
  }
  std::istringstream lines(content(path));
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_TRUE(object["time"].get<std::string>().ends_with("Z"));
    events.push_back(object["event"]);
  }
  EXPECT_THAT(events, testing::ElementsAre("first", "second"));
}

TEST_F(LogFile, ReopensAfterRotation) {
  {
    Logger log(Settings{Format::Text, Level::Info, path.string()});
    log.info("before");
    EXPECT_TRUE(log.flush());
    std::filesystem::rename(path, path.string() + ".1");
    log.reopen();
    log.info("after");
  }
  EXPECT_THAT(content(path.string() + ".1"), testing::HasSubstr("before"));
  EXPECT_THAT(content(path), testing::HasSubstr("after"));
}

TEST_F(LogFile, FlushWaitsForEveryLine) {
  Logger log(Settings{Format::Text, Level::Info, path.string()});
  for (int round = 1; round <= 50; ++round) {
    for (int i = 0; i < 100; ++i)
      log.info("line", {{"round", round}});
    ASSERT_TRUE(log.flush());
    const auto text = content(path);
    ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), round * 100);
  }
  EXPECT_EQ(log.dropped(), 0u);
}

TEST_F(LogFile, FlushComesThroughAFullQueue) {
  Logger log(Settings{Format::Text, Level::Info, path.string(), 2});
  std::atomic<bool> done{false};
  std::thread flood([&] {
    while (!done)
      log.info("flood");
  });
  EXPECT_TRUE(log.flush(std::chrono::seconds(20)));
  done = true;
  flood.join();
}

TEST_F(LogFile, FlushGivesUpWhenNothingIsTaken) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  std::thread drain;
  {
    Logger log(Settings{Format::Text, Level::Info, path.string()});
    const std::string kilobyte(1024, 'x');
    for (int i = 0; i < 200; ++i)  // a pipe holds 64 KiB
      log.info("line", {{"x", kilobyte}});
    EXPECT_FALSE(log.flush(std::chrono::milliseconds(50)));
    std::atomic<bool> done{false};
    drain = std::thread([&] {
      std::array<char, 4096> buffer;
      while (!done || ::read(reader, buffer.data(), buffer.size()) > 0)
        while (::read(reader, buffer.data(), buffer.size()) > 0) {
        }
    });
    EXPECT_TRUE(log.flush(std::chrono::seconds(20)));
    done = true;
    drain.join();
  }
  ::close(reader);
}

}  // namespace
}  // namespace warp::log
