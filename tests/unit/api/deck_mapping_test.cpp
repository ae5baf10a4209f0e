#include "warp/api/deck_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::api {
namespace {

using testing::HasSubstr;

Json json(std::string_view text) {
  return parse_json(text).value_or(Json());
}

TEST(DeckMapping, TakesNamesPlacesAndSigns) {
  const auto mapping = read_deck_mapping(json(
      R"({"columns": {"prefix": "NPANXX", "per_minute": 3}, "separator": "|", "decimal": ",", "per": "second",
               "date_format": "DD.MM.YYYY", "prefix_before": "1", "header": true})"));
  ASSERT_TRUE(mapping) << mapping.error();
  EXPECT_EQ(mapping->columns.at("prefix"), "NPANXX");
  EXPECT_EQ(mapping->columns.at("per_minute"), "#3");
  EXPECT_EQ(mapping->separator, '|');
  EXPECT_EQ(mapping->decimal, ',');
  EXPECT_TRUE(mapping->per_second);
  EXPECT_EQ(mapping->date_format, "DD.MM.YYYY");
  EXPECT_EQ(mapping->prefix_before, "1");
}

TEST(DeckMapping, OfNothingIsOurOwnFormat) {
  const auto mapping = read_deck_mapping(json("{}"));
  ASSERT_TRUE(mapping);
  EXPECT_FALSE(mapping->given());
  EXPECT_TRUE(mapping->header);
}

struct Bad {
  std::string_view text, problem;
};
class BadDeckMappings : public testing::TestWithParam<Bad> {};

TEST_P(BadDeckMappings, SayWhatToWrite) {
  const auto mapping = read_deck_mapping(json(GetParam().text));
  ASSERT_FALSE(mapping);
  EXPECT_THAT(mapping.error(), HasSubstr(std::string(GetParam().problem)));
}
INSTANTIATE_TEST_SUITE_P(
    DeckMapping, BadDeckMappings,
    testing::Values(Bad{"[]", "an object"}, Bad{R"({"columns": 3})", "columns must be an object"},
                    Bad{R"({"columns": {"prefix": 0}})", "columns.prefix must be"},
                    Bad{R"({"columns": {"prefix": ""}})", "columns.prefix must be"},
                    Bad{R"({"columns": {"prefix": 1001}})", "its place from 1 to 1000"},
                    Bad{R"({"columns": {"prefix": -1}})", "columns.prefix must be"},
                    Bad{R"({"separator": "::"})", "separator must be one of"},
                    Bad{R"({"decimal": "'"})", "decimal must be one of"},
                    Bad{R"({"per": "hour"})", "per must be"},
                    Bad{R"({"header": "no"})", "header must be true or false"},
                    Bad{R"({"header": false})", "by its place"},
                    Bad{R"({"header": false, "columns": {"prefix": "A"}})", "by its place"},
                    Bad{R"({"date_format": "MM/DD"})", "date_format must have"},
                    Bad{R"({"date_format": "YYYY-MM-DD-MM"})", "date_format must have"},
                    Bad{R"({"date_format": "YYYYxMMxDD"})", "date_format must have"},
                    Bad{R"({"prefix_before": "+1"})", "1 to 15 digits"},
                    Bad{R"({"colums": {}})", "there is no colums"}));

}  // namespace
}  // namespace warp::api
