#include "warp/base/metrics.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, SameNameAndLabelsAreOneHandle) {
  Registry registry;
  auto& one = registry.counter("warp_test_calls_total", "Calls.", {{"side", "a"}});
  auto& same = registry.counter("warp_test_calls_total", "Calls.", {{"side", "a"}});
  auto& other = registry.counter("warp_test_calls_total", "Calls.", {{"side", "b"}});
  EXPECT_EQ(&one, &same);
  EXPECT_NE(&one, &other);
  EXPECT_EQ(&registry.gauge("warp_test_level", "Level."), &registry.gauge("warp_test_level", "Level."));
}

TEST(Metrics, ExposesPrometheusText) {
  Registry registry;
  registry.counter("warp_test_calls_total", "Calls so far.", {{"side", "a"}}).add(3);
  registry.gauge("warp_test_level", "Level now.").set(2.5);
  auto& histogram = registry.histogram("warp_test_seconds", "Time taken.", {0.1, 1});
  histogram.observe(0.05);
  histogram.observe(0.5);
  histogram.observe(5);
  const auto text = registry.expose();
  EXPECT_THAT(text,
              HasSubstr("# HELP warp_test_calls_total Calls so far.\n# TYPE warp_test_calls_total counter\n"
                        "warp_test_calls_total{side=\"a\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE warp_test_level gauge\nwarp_test_level 2.5\n"));
  EXPECT_THAT(text, HasSubstr("warp_test_seconds_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("warp_test_seconds_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("warp_test_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("warp_test_seconds_count 3\n"));
}

TEST(Metrics, LabelValuesAreEscaped) {
  Registry registry;
  registry.counter("warp_test_total", "Things.", {{"what", "a\"b\\c\nd"}}).add();
  EXPECT_THAT(registry.expose(), HasSubstr("warp_test_total{what=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Metrics, RefreshesAtEachScrape) {
  Registry registry;
  int scrapes = 0;
  auto& gauge = registry.gauge("warp_test_level", "Level.");
  registry.on_scrape([&] { gauge.set(++scrapes); });
  (void)registry.expose();
  EXPECT_THAT(registry.expose(), HasSubstr("warp_test_level 2\n"));
}

TEST(Metrics, CatalogueListsAllSorted) {
  Registry registry;
  registry.on_scrape([&] { registry.gauge("warp_b", "B."); });
  registry.counter("warp_c_total", "C.", {{"y", "1"}, {"x", "1"}});
  registry.counter("warp_c_total", "C.", {{"x", "2"}, {"y", "1"}});
  registry.histogram("warp_a_seconds", "A.", {1});
  std::vector<std::string> lines;
  for (const auto& family : registry.catalogue()) {
    auto line = family.name + " " + family.type + " " + family.help;
    for (const auto& label : family.labels)
      line += " " + label;
    lines.push_back(line);
  }
  EXPECT_THAT(lines, testing::ElementsAre("warp_a_seconds histogram A.", "warp_b gauge B.",
                                          "warp_c_total counter C. x y"));
}

TEST(Metrics, ManyThreadsCountExactly) {
  Registry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&registry] {
      auto& counter = registry.counter("warp_test_total", "Things.");
      auto& gauge = registry.gauge("warp_test_level", "Level.");
      for (int n = 0; n < 10'000; ++n) {
        counter.add();
        gauge.add(1);
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(registry.counter("warp_test_total", "Things.").value(), 40'000u);
  EXPECT_EQ(registry.gauge("warp_test_level", "Level.").value(), 40'000);
}

}  // namespace
}  // namespace warp::metrics
