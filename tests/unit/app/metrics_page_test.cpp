#include "app/metrics_page.h"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>

#include <boost/asio.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/pg/pool.h"

#include "app/daemon.h"
#include "support/generated_page.h"

namespace warp::app {
namespace {

using metrics::Registry;

// A daemon that is made and never run: what its parts register when they are made.
class MetricsPage : public testing::Test {
 protected:
  MetricsPage() : folder_(make_folder()), daemon_(config(), "") { run_a_query(); }
  ~MetricsPage() override { std::filesystem::remove_all(folder_); }

  static std::filesystem::path make_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "warp-metrics-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
  Config config() const {
    Config config;
    config.log.file = folder_ / "log";
    config.records.journal_dir = folder_ / "journal";
    config.recordings.folder = folder_ / "recordings";
    config.sip.listeners = {{domain::SocketAddress{domain::IpAddress::v4(0x7f000001), 0}, {}}};
    config.sip.shards = 1;
    config.smpp.listeners = {{domain::SocketAddress{domain::IpAddress::v4(0x7f000001), 0}, {}, {}, {}}};
    config.media.workers = 1;
    config.media.ready_pairs = 2;
    config.redis.url = "unix://" + (folder_ / "redis.sock").string();
    return config;
  }
  // The metrics of queries are made with the first of each name: here one that finds no server.
  void run_a_query() {
    auto& registry = const_cast<Registry&>(daemon_.metrics());
    static constexpr pg::Query kAny{"test.any", "SELECT 1"};
    boost::asio::io_context context;
    log::Logger log{{log::Format::Text, log::Level::Error, (folder_ / "log").string()}};
    pg::PoolSettings settings;
    settings.conninfo = "host=" + folder_.string();
    settings.acquire_timeout = std::chrono::milliseconds(1);
    auto pool = std::make_unique<pg::Pool>(context.get_executor(), settings, registry, log);
    auto asked = pool->query(pg::Scope::none(), kAny, pg::Params{});
    auto answer = boost::asio::co_spawn(context, std::move(asked), boost::asio::use_future);
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      context.run_one();
    EXPECT_FALSE(answer.get().has_value());
    pool.reset();
    context.run();
  }

  const std::filesystem::path folder_;
  Daemon daemon_;
};

TEST_F(MetricsPage, NamesWhatTheDaemonHasAndNothingElse) {
  EXPECT_THAT(undocumented(daemon_.metrics().catalogue()), testing::IsEmpty());
}

TEST_F(MetricsPage, IsUpToDate) {
  test::expect_page("docs/metrics.md", metrics_markdown(daemon_.metrics().catalogue()));
}

TEST_F(MetricsPage, NamesAndMeaningsKeepTheForm) {
  for (const auto& family : daemon_.metrics().catalogue()) {
    EXPECT_THAT(family.name, testing::StartsWith("warp_"));
    EXPECT_EQ(family.name.ends_with("_total"), family.type == "counter") << family.name;
    EXPECT_THAT(family.help, testing::EndsWith(".")) << family.name;
    EXPECT_EQ(family.help.find('|'), std::string::npos) << family.name;
  }
}

TEST(MetricsTable, SaysWhatIsMissingOnEitherSide) {
  std::vector<Registry::Family> families;
  for (const auto& note : metric_notes())
    families.push_back({std::string(note.name), "counter", "X.", {}});
  EXPECT_THAT(undocumented(families), testing::IsEmpty());
  families.front().name = "warp_new_total";
  EXPECT_THAT(undocumented(families),
              testing::ElementsAre(testing::StartsWith("warp_new_total is not in the table"),
                                   testing::HasSubstr("the daemon has no such metric")));
}

}  // namespace
}  // namespace warp::app
