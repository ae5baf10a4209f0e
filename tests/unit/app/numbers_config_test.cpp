#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/config_text.h"

namespace warp::app {
namespace {

using testing::HasSubstr;

TEST(NumbersConfig, IsRead) {
  const auto loaded = load_text(
      "numbers:\n"
      "  telique: {url: 'https://api.example/v1/telique', timeout: 400ms, calls_per_second: 50, cache: 0s, "
      "cnam_cache: 48h, breaker_failures: 3, breaker_rest: 5s}\n");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto& telique = loaded.config.numbers.telique;
  EXPECT_EQ(telique.url, "https://api.example/v1/telique");
  EXPECT_EQ(telique.timeout, std::chrono::milliseconds(400));
  EXPECT_EQ(telique.calls_per_second, 50u);
  EXPECT_EQ(telique.cache, std::chrono::seconds(0));
  EXPECT_EQ(telique.cnam_cache, std::chrono::hours(48));
  EXPECT_EQ(telique.breaker_failures, 3u);
}

TEST(NumbersConfig, NothingIsLookedUpUnlessItIsSaidWhere) {
  EXPECT_EQ(load_text("log: {level: info}\n").config.numbers.telique.url, "");
}

TEST(NumbersConfig, TheTokenDoesNotGoInTheClear) {
  EXPECT_THAT(fault_in("numbers: {telique: {url: 'http://api.example/v1/telique'}}\n"),
              HasSubstr("in the clear"));
  for (const char* here : {"http://127.0.0.1:8910/v1/telique", "http://[::1]:8910/v1", "http://localhost/v1"})
    EXPECT_TRUE(load_text("numbers: {telique: {url: '" + std::string(here) + "'}}\n").faults.empty()) << here;
}

TEST(NumbersConfig, RefusesWhatIsNoAddress) {
  EXPECT_THAT(fault_in("numbers: {telique: {url: 'api.example'}}\n"), HasSubstr("no http or https URL"));
  EXPECT_THAT(fault_in("numbers: {telique: {url: 'https://api.example/v1?key=1'}}\n"),
              HasSubstr("has a query"));
  EXPECT_THAT(fault_in("numbers: {telique: {ca_file: /nowhere/ca.pem}}\n"), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace warp::app
