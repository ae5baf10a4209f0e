#include "app/deck_loading.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "warp/api/json.h"

namespace warp::app {
namespace {

class DeckLoading : public testing::Test {
 protected:
  DeckLoading() : path_(testing::TempDir() + "deck-" + std::to_string(::getpid()) + ".csv") {}
  ~DeckLoading() override { std::filesystem::remove(path_); }

  LoadedDeck read(const std::string& text, const AreaTable& prefixes = {}) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_deck(path_, {}, prefixes);
  }

  const std::string path_;
};

TEST_F(DeckLoading, AFileOfPrefixesIsReadAtOnce) {
  const auto deck = read("prefix,per_minute\n1,0.01\n44,0.02\n");
  ASSERT_TRUE(deck.lines);
  EXPECT_EQ(deck.lines->size(), 2u);
  EXPECT_TRUE(deck.areas.empty());
}

TEST_F(DeckLoading, LinesAreInTheOrderOfTheTable) {
  const auto deck = read("prefix,per_minute_interstate,per_minute_intrastate\n44,2,3\n1,4,5\n");
  ASSERT_TRUE(deck.lines);
  ASSERT_EQ(deck.lines->size(), 4u);
  EXPECT_EQ((*deck.lines)[0].prefix, "1");
  EXPECT_EQ((*deck.lines)[0].jurisdictions, 0x0e);
  EXPECT_EQ((*deck.lines)[1].jurisdictions, 0x71);
  EXPECT_EQ((*deck.lines)[2].prefix, "44");
}

TEST_F(DeckLoading, AreasAreAskedForOnceAndThenRead) {
  const std::string text = "state,lata,per_minute\nNY,132,0.01\nNY,132,0.02\nTX,,0.03\n";
  const auto first = read(text);
  EXPECT_FALSE(first.lines);
  ASSERT_EQ(first.areas.size(), 2u);
  const AreaTable known{{key_of(first.areas[0]), {"1212"}}, {key_of(first.areas[1]), {"1214", "1469"}}};
  const auto again = read("state,lata,per_minute\nNY,132,0.01\nTX,,0.03\n", known);
  ASSERT_TRUE(again.lines);
  EXPECT_EQ(again.lines->size(), 3u);
  EXPECT_TRUE(again.areas.empty());
}

TEST_F(DeckLoading, FaultsAreJsonWithLineAndCure) {
  const auto deck = read("prefix,per_minute\nx,0.01\n");
  ASSERT_FALSE(deck.lines);
  const auto faults = api::parse_json(faults_json(deck.faults));
  ASSERT_TRUE(faults);
  EXPECT_EQ((*faults)[0]["line"], 2);
  EXPECT_EQ((*faults)[0]["column"], "prefix");
  EXPECT_EQ(read_deck(path_ + ".gone", {}, {}).faults.issues.at(0).problem, "the file is no longer there");
}

TEST_F(DeckLoading, ComparisonsSayCountsSamplesAndMeans) {
  auto before = read("prefix,per_minute\n1,0.01\n44,0.02\n");
  const auto after = read("prefix,per_minute\n1,0.02\n49,0.03\n");
  DeckComparison with;
  with.before = std::make_shared<const std::vector<domain::Rate>>(std::move(*before.lines));
  const auto diff = api::parse_json(compare_json(with, *after.lines));
  ASSERT_TRUE(diff);
  EXPECT_EQ((*diff)["up"], 1);
  EXPECT_EQ((*diff)["new"], 1);
  EXPECT_EQ((*diff)["closed"], 1);
  EXPECT_EQ((*diff)["samples"]["up"][0]["prefix"], "1");
  EXPECT_EQ((*diff)["samples"]["up"][0]["before"], "0.01");
  EXPECT_EQ((*diff)["samples"]["up"][0]["after"], "0.02");
  EXPECT_EQ((*diff)["means"]["INTERSTATE"]["lines"], 2);
  EXPECT_EQ((*diff)["means"]["INTERSTATE"]["before"], "0.015");
  EXPECT_EQ((*diff)["means"]["INTERSTATE"]["after"], "0.025");
  EXPECT_EQ((*diff)["margin_alarms"]["total"], 0);
}

}  // namespace
}  // namespace warp::app
