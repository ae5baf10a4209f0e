#include "warp/rating/deck_csv.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::rating {
namespace {

using testing::HasSubstr;

std::string first_issue(std::string_view text, const DeckCsvSettings& settings = {}) {
  const auto rates = parse_deck_csv(text, settings);
  return rates ? "accepted" : to_string(rates.error().issues.at(0));
}

TEST(DeckCsv, ReadsEveryColumnInAnyOrder) {
  const auto rates = parse_deck_csv(
      "Per_Minute,PREFIX,setup_fee,initial_increment,increment,minimum_seconds,effective_from,effective_"
      "to\r\n"
      "0.0095,1212,0.01,60,6,30,2025-03-01,2026-03-01T00:00:00+01:00\r\n"
      "0.02,+44,,,,,,\r\n");
  ASSERT_TRUE(rates) << to_string(rates.error().issues[0]);
  ASSERT_EQ(rates->size(), 2u);
  const auto& first = (*rates)[0];
  EXPECT_EQ(first.prefix, "1212");
  EXPECT_EQ(first.per_minute, *Money::parse("0.0095"));
  EXPECT_EQ(first.setup_fee, *Money::parse("0.01"));
  EXPECT_EQ(first.initial_increment, 60u);
  EXPECT_EQ(first.increment, 6u);
  EXPECT_EQ(first.minimum_seconds, 30u);
  EXPECT_EQ(first.effective_from, WallTime(std::chrono::sys_days(std::chrono::year(2025) / 3 / 1)));
  EXPECT_EQ(first.effective_to,
            WallTime(std::chrono::sys_days(std::chrono::year(2026) / 2 / 28)) + std::chrono::hours(23));
  const auto& second = (*rates)[1];
  EXPECT_EQ(second.prefix, "44");
  EXPECT_EQ(second.initial_increment, 1u);
  EXPECT_EQ(second.increment, 1u);
  EXPECT_EQ(second.effective_to, std::nullopt);
}

TEST(DeckCsv, TakesQuotesSemicolonsMarkAndMissingLastLineEnd) {
  const auto quoted =
      parse_deck_csv("\xEF\xBB\xBF\"prefix\",\"per_minute\"\n\"1\",\"0.01\"\n\n \n\"44\",0.02");
  ASSERT_TRUE(quoted) << to_string(quoted.error().issues[0]);
  EXPECT_EQ(quoted->size(), 2u);
  const auto semicolons = parse_deck_csv("prefix;per_minute\n1;0.01\n");
  ASSERT_TRUE(semicolons);
  EXPECT_EQ(semicolons->size(), 1u);
}

TEST(DeckCsv, LinesWithoutAStartTakeTheOneGiven) {
  const WallTime from(std::chrono::sys_days(std::chrono::year(2030) / 1 / 1));
  const auto rates = parse_deck_csv("prefix,per_minute\n1,0.01\n", {.effective_from = from});
  ASSERT_TRUE(rates);
  EXPECT_EQ((*rates)[0].effective_from, from);
}

TEST(DeckCsv, AnyPiecesGiveTheSameResult) {
  const std::string text = "prefix,per_minute\r\n1,0.01\r\n44,\"0.02\"\r\n33,0.03";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    DeckCsvReader reader;
    for (std::size_t at = 0; at < text.size(); at += size)
      reader.feed(std::string_view(text).substr(at, size));
    const auto rates = reader.finish();
    ASSERT_TRUE(rates) << size;
    EXPECT_EQ(rates->size(), 3u);
    EXPECT_EQ((*rates)[2].prefix, "33");
  }
}

struct BadFile {
  std::string_view text, issue;
};
class BadFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, AreRefusedWithLineColumnAndCure) {
  EXPECT_THAT(first_issue(GetParam().text), HasSubstr(std::string(GetParam().issue)));
}

using namespace std::string_view_literals;
INSTANTIATE_TEST_SUITE_P(
    DeckCsv, BadFiles,
    testing::Values(
        BadFile{"", "file: the file is empty"}, BadFile{"prefix,per_minute\n", "file: the file has no rates"},
        BadFile{"prefix\n1\n", "line 1, per_minute: the column is missing"},
        BadFile{"prefix,per_minute,color\n1,1,red\n", "line 1, 'color': the column is not known"},
        BadFile{"prefix,per_minute,prefix\n1,1,1\n", "line 1, prefix: the column is there twice"},
        BadFile{"1,0.01\n44,0.02\n", "line 1, '1': the column is not known"},
        BadFile{"\xFF\xFEp\0r\0"sv, "line 1: the file is not UTF-8"},
        BadFile{"p\0r\0e\0"sv, "line 1: the file is not UTF-8"},
        BadFile{"PK\x03\x04rest\n", "line 1: the file is a workbook"},
        BadFile{"prefix,per_minute\n1,0.01\n\xC2\xA0"
                "44,0.02\n",
                "line 3: there is a character that is no plain text: '\\xc2'"},
        BadFile{"prefix,per_minute\n1,0.01\0\n"sv, "line 2: there is a character"},
        BadFile{"prefix,per_minute\r1,0.01\r", "line 1: there is a carriage return inside"},
        BadFile{"prefix,per_minute\n1\n", "line 2: the line has 1 fields, the header has 2"},
        BadFile{"prefix,per_minute\n1,0.01,x\n", "line 2: the line has 3 fields"},
        BadFile{"prefix,per_minute\n1,\"0.01\n", "line 2: a quote is not closed"},
        BadFile{"prefix,per_minute\n1,\"0.01\"x\n", "line 2: there is text behind a closing quote"},
        BadFile{"prefix,per_minute\n1,0\"01\n", "line 2: there is a quote inside"},
        BadFile{"prefix,per_minute\n,0.01\n", "line 2, prefix: the prefix is empty"},
        BadFile{"prefix,per_minute\n1.21E+03,0.01\n", "format the column as text"},
        BadFile{"prefix,per_minute\n1-212,0.01\n", "line 2, prefix: '1-212' is not a prefix"},
        BadFile{"prefix,per_minute\n0044,0.01\n", "line 2, prefix: '0044' begins with 0"},
        BadFile{"prefix,per_minute\n1234567890123456,0.01\n", "longer than a telephone number"},
        BadFile{"prefix,per_minute\n1,-0.01\n", "line 2, per_minute: '-0.01' is negative"},
        BadFile{"prefix,per_minute\n1,0.0000000001\n", "has more than nine decimals"},
        BadFile{"prefix,per_minute\n1,1e-3\n", "without an exponent"},
        BadFile{"prefix;per_minute\n1;0,01\n", "write it with a point: '0.01'"},
        BadFile{"prefix,per_minute\n1,$1\n", "line 2, per_minute: '$1' is not an amount"},
        BadFile{"prefix,per_minute\n1,99999999999\n", "is not an amount"},
        BadFile{"prefix,per_minute\n1,\n", "line 2, per_minute: '' is not an amount"},
        BadFile{"prefix,per_minute,increment\n1,1,0\n", "line 2, increment: '0' is not a number of seconds"},
        BadFile{"prefix,per_minute,initial_increment\n1,1,-6\n", "from 1 to 86400"},
        BadFile{"prefix,per_minute,minimum_seconds\n1,1,86401\n", "from 0 to 86400"},
        BadFile{"prefix,per_minute,effective_from\n1,1,03/01/2025\n",
                "line 2, effective_from: '03/01/2025' is not a time"},
        BadFile{"prefix,per_minute,effective_from\n1,1,2025-02-29\n", "is not a time"},
        BadFile{"prefix,per_minute,effective_from\n1,1,2025-02-28T10:00:00\n", "is not a time"},
        BadFile{"prefix,per_minute,effective_from,effective_to\n1,1,2025-03-01,2025-03-01\n",
                "the line ends before it begins"},
        BadFile{"prefix,per_minute\n1,1\n44,1\n1,2\n", "line 4, prefix: '1' is there already on line 2"},
        BadFile{"prefix,per_minute,effective_from,effective_to\n1,1,2025-01-01,2025-06-01\n1,2,2025-05-01,\n",
                "line 3, effective_to: '1' overlaps in time with line 2"}));

TEST(DeckCsv, OpenEndedLineIsSupersededByALaterOne) {
  EXPECT_TRUE(parse_deck_csv("prefix,per_minute,effective_from\n1,1,2025-01-01\n1,2,2025-05-01\n"));
}

TEST(DeckCsv, CountsAllIssuesAndKeepsTheFirst) {
  std::string text = "prefix,per_minute\n";
  for (int i = 0; i < 50; ++i)
    text += "x,y\n";
  const auto rates = parse_deck_csv(text, {.max_issues = 7});
  ASSERT_FALSE(rates);
  EXPECT_EQ(rates.error().total, 100u);
  ASSERT_EQ(rates.error().issues.size(), 7u);
  EXPECT_EQ(rates.error().issues[6].line, 5u);
}

TEST(DeckCsv, RefusesLinesAndFilesWithoutEnd) {
  DeckCsvReader reader;
  reader.feed("prefix,per_minute\n");
  for (int i = 0; i < 1000; ++i)
    reader.feed(std::string(10'000, '1'));
  const auto endless = reader.finish();
  ASSERT_FALSE(endless);
  EXPECT_THAT(to_string(endless.error().issues[0]), HasSubstr("longer than 4096"));
  EXPECT_THAT(first_issue("prefix,per_minute\n1,1\n2,2\n3,3\n", {.max_lines = 2}),
              HasSubstr("more than 2 lines"));
}

TEST(DeckCsv, ShowsNoControlCharactersOfTheFile) {
  const auto issue = first_issue("prefix,per_minute\n1,1\x1b[31m\n");
  EXPECT_EQ(issue.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace warp::rating
