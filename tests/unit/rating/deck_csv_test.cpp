#include "warp/rating/deck_csv.h"

#include <map>
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

INSTANTIATE_TEST_SUITE_P(
    DeckCsvTerms, BadFiles,
    testing::Values(
        BadFile{"prefix,per_minute,jurisdictions\n1,1,EVERYWHERE\n",
                "line 2, jurisdictions: 'EVERYWHERE' is not a jurisdiction"},
        BadFile{"prefix,per_minute,jurisdictions\n1,1,LOCAL|\n", "jurisdictions: '' is not a jurisdiction"},
        BadFile{"prefix,per_minute,jurisdictions\n1,1,LOCAL;INTERSTATE\n", "is not a jurisdiction"},
        BadFile{"prefix,jurisdictions,per_minute_local\n1,LOCAL,1\n",
                "line 1, jurisdictions: there are prices by jurisdiction as well"},
        BadFile{"prefix,per_minute_interstate\n1,\n", "line 2, per_minute: the line has no price"},
        BadFile{"prefix,per_minute_interstate\n1,-1\n", "line 2, per_minute_interstate: '-1' is negative"},
        BadFile{"prefix,per_minute_local,per_minute_local\n1,1,1\n",
                "per_minute_local: the column is there twice"},
        BadFile{"prefix,per_minute_interstate,per_minute_intrastate\n1,1,x\n",
                "line 2, per_minute_intrastate: 'x' is not an amount"},
        BadFile{"prefix,per_minute,jurisdictions\n1,1,LOCAL|INTERSTATE\n1,2,INTERSTATE\n",
                "line 3, prefix: '1' is there already on line 2"},
        BadFile{"prefix,per_minute,jurisdictions\n1,1,ALL\n1,2,LOCAL\n", "'1' is there already on line 2"},
        BadFile{
            "prefix,per_minute,jurisdictions,effective_from,effective_to\n1,1,LOCAL,2025-01-01,2025-06-01\n"
            "1,2,INTERSTATE,2025-02-01,\n1,3,LOCAL,2025-05-01,\n",
            "line 4, effective_to: '1' overlaps in time with line 2"},
        BadFile{"prefix,per_minute,schedule\n1,1,nights\n", "line 2, schedule: 'nights' is not a schedule"},
        BadFile{"prefix,per_minute,attempt_fee\n1,1,-1\n", "line 2, attempt_fee: '-1' is negative"},
        BadFile{"prefix,per_minute,surcharge\n1,1,a lot\n", "line 2, surcharge: 'a lot' is not an amount"},
        BadFile{"prefix,per_minute,free_seconds\n1,1,1.5\n", "line 2, free_seconds: '1.5' is not a number"},
        BadFile{"prefix,per_minute,free_seconds\n1,1,-3\n", "from 0 to 86400"},
        BadFile{"prefix,per_minute,blocked\n1,1,maybe\n", "line 2, blocked: 'maybe' is neither yes nor no"},
        BadFile{"prefix,per_minute,blocked\n1,,no\n", "line 2, per_minute: '' is not an amount"},
        BadFile{"per_minute,state\n1,NY\n",
                "line 2: the line is for an area, and there is no table of places"},
        BadFile{"per_minute,state,prefix\n1,NY,1212\n", "line 2, prefix: the line has a prefix and an area"},
        BadFile{"per_minute,lata\n1,\n", "line 2, prefix: the line has neither a prefix nor an area"},
        BadFile{"per_minute,lata\n1,ninety\n", "line 2, lata: 'ninety' is not a LATA"},
        BadFile{"per_minute,lata\n1,0\n", "line 2, lata: '0' is not a LATA"},
        BadFile{"state,lata\nNY,132\n", "line 1, per_minute: the column is missing"},
        BadFile{"prefix,per_minute,effective_from\n1,1,2025-02-28T10:00:00.1234567Z\n", "is not a time"},
        BadFile{"prefix,per_minute,effective_from\n1,1,2025-02-28T10:00:00.Z\n", "is not a time"}));

struct BadMapping {
  std::string_view text, issue;
  DeckMapping mapping;
};
class BadMappings : public testing::TestWithParam<BadMapping> {};

TEST_P(BadMappings, AreRefusedWithLineColumnAndCure) {
  DeckCsvSettings settings;
  settings.mapping = GetParam().mapping;
  EXPECT_THAT(first_issue(GetParam().text, settings), HasSubstr(std::string(GetParam().issue)));
}

DeckMapping mapping(std::map<std::string, std::string> columns) {
  DeckMapping mapping;
  mapping.columns = std::move(columns);
  return mapping;
}
DeckMapping with_comma() {
  auto one = mapping({{"prefix", "Code"}});
  one.decimal = ',';
  return one;
}
DeckMapping with_dates() {
  auto one = mapping({{"prefix", "Code"}});
  one.date_format = "DD.MM.YYYY";
  return one;
}
DeckMapping headless() {
  auto one = mapping({{"prefix", "#1"}, {"per_minute", "#2"}});
  one.header = false;
  return one;
}
DeckMapping a_second() {
  auto one = mapping({{"prefix", "Code"}});
  one.per_second = true;
  return one;
}

INSTANTIATE_TEST_SUITE_P(
    DeckCsv, BadMappings,
    testing::Values(
        BadMapping{"Code,per_minute\n1,1\n", "line 1, prefix: the mapping takes it from 'Kode'",
                   mapping({{"prefix", "Kode"}})},
        BadMapping{"Code,per_minute\n1,1\n",
                   "line 1, 'prefixe': the mapping names a column that decks do not have",
                   mapping({{"prefixe", "Code"}})},
        BadMapping{"Code,per_minute\n1,1\n", "which the file does not have", mapping({{"prefix", "#3"}})},
        BadMapping{"Code,Code,per_minute\n1,1,1\n", "line 1, prefix: the column is there twice",
                   mapping({{"prefix", "code"}})},
        BadMapping{"Code;per_minute\n1;1.5\n", "has a point, and the decimal sign is a comma", with_comma()},
        BadMapping{"Code;per_minute\n1;1,5,5\n", "is not an amount", with_comma()},
        BadMapping{"Code,per_minute,effective_from\n1,1,2025-01-02\n", "is not a date like DD.MM.YYYY",
                   with_dates()},
        BadMapping{"Code,per_minute,effective_from\n1,1,31.02.2025\n", "is not a date like", with_dates()},
        BadMapping{"Code,per_minute,effective_from\n1,1,01/02/2025\n", "is not a date like", with_dates()},
        BadMapping{"1,0.5\nx,1\n", "line 2, prefix: 'x' is not a prefix", headless()},
        BadMapping{"1\n", "line 1, per_minute: the mapping takes it from '#2'", headless()},
        BadMapping{"Code,per_minute\n1,9000000000\n", "line 2, per_minute: the price is too great",
                   a_second()}));

TEST(DeckCsv, MapsACarriersColumns) {
  DeckCsvSettings settings;
  settings.mapping.columns = {{"prefix", "npanxx"},
                              {"per_minute_interstate", "Inter"},
                              {"per_minute_intrastate", "#3"},
                              {"effective_from", "Effective"}};
  settings.mapping.decimal = ',';
  settings.mapping.per_second = true;
  settings.mapping.date_format = "MM/DD/YYYY";
  settings.mapping.prefix_before = "1";
  const auto rates = parse_deck_csv(
      "NPANXX;Inter;Intra;Effective;Remark\n212555;0,0001;0,0003;03/01/2025;who cares\n", settings);
  ASSERT_TRUE(rates) << to_string(rates.error().issues[0]);
  ASSERT_EQ(rates->size(), 2u);
  EXPECT_EQ((*rates)[0].prefix, "1212555");
  EXPECT_EQ((*rates)[0].per_minute, *Money::parse("0.006"));
  EXPECT_EQ((*rates)[0].jurisdictions, 0x71);
  EXPECT_EQ((*rates)[1].per_minute, *Money::parse("0.018"));
  EXPECT_EQ((*rates)[1].jurisdictions, 0x0e);
  EXPECT_EQ((*rates)[1].effective_from, WallTime(std::chrono::sys_days(std::chrono::year(2025) / 3 / 1)));
}

TEST(DeckCsv, MapsFilesWithoutAHeader) {
  DeckCsvSettings settings;
  settings.mapping = headless();
  const auto rates = parse_deck_csv("44,0.5\n1,0.25\n", settings);
  ASSERT_TRUE(rates);
  ASSERT_EQ(rates->size(), 2u);
  EXPECT_EQ(rates->front().prefix, "44");
}

TEST(DeckCsv, PricesByJurisdictionCoverWhomNoColumnIsFor) {
  const auto sets = [](std::string_view text) {
    std::map<std::string, domain::Jurisdictions> out;
    const auto rates = parse_deck_csv(text);
    if (rates)
      for (const auto& rate : *rates)
        out[rate.per_minute.to_string(0)] = rate.jurisdictions;
    return out;
  };
  using Sets = std::map<std::string, domain::Jurisdictions>;
  EXPECT_EQ(sets("prefix,per_minute_interstate,per_minute_intrastate,per_minute_local\n1,1,2,3\n"),
            (Sets{{"1", 0x71}, {"2", 0x0c}, {"3", 0x02}}));
  EXPECT_EQ(sets("prefix,per_minute,per_minute_intrastate\n1,1,2\n"), (Sets{{"1", 0x71}, {"2", 0x0e}}));
  EXPECT_EQ(sets("prefix,per_minute,per_minute_local\n1,1,\n"), (Sets{{"1", 0x7f}}));
  EXPECT_EQ(sets("prefix,per_minute_interstate,per_minute_local\n1,,3\n"), (Sets{{"3", 0x02}}));
  EXPECT_EQ(sets("prefix,per_minute_interstate,per_minute_intrastate\n1,2,2\n"), (Sets{{"2", 0x7f}}));
  EXPECT_EQ(sets("prefix,per_minute,jurisdictions\n1,1,interstate | TollFree\n"), (Sets{{"1", 0x50}}));
}

TEST(DeckCsv, LinesOfAnAreaBecomeItsPrefixes) {
  DeckCsvSettings settings;
  settings.areas = [](const Area& area) -> std::vector<std::string> {
    if (area.state == "NY" && area.lata == 132) return {"1212555", "12125563"};
    return {};
  };
  const auto rates = parse_deck_csv("state,lata,prefix,per_minute\nNY,132,,0.5\n,,44,0.25\n", settings);
  ASSERT_TRUE(rates) << to_string(rates.error().issues[0]);
  ASSERT_EQ(rates->size(), 3u);
  EXPECT_EQ((*rates)[1].prefix, "12125563");
  EXPECT_THAT(first_issue("state,per_minute\nTX,1\n", settings),
              HasSubstr("no number is known in the line's area"));
}

TEST(DeckCsv, WhatIsWrittenIsReadAgain) {
  DeckCsvSettings settings;
  settings.schedules = {{"peak, weekdays", 3}};
  const std::string text =
      "prefix,per_minute,jurisdictions,schedule,setup_fee,attempt_fee,surcharge,free_seconds,initial_"
      "increment,"
      "increment,minimum_seconds,effective_from,effective_to,blocked\n"
      "1212,0.000000001,LOCAL|INTERSTATE,\"peak, "
      "weekdays\",1,2,3,4,5,6,7,2025-01-02T03:04:05.000006Z,2026-01-01,no\n"
      "1212,9,LOCAL|INTERSTATE,,0,0,0,0,60,60,0,,,no\n44,,,,0,0,0,0,1,1,0,,,yes\n";
  const auto rates = parse_deck_csv(text, settings);
  ASSERT_TRUE(rates) << to_string(rates.error().issues[0]);
  std::string written = deck_csv_header();
  for (const auto& rate : *rates)
    append_deck_csv_line(written, rate, {{3, "peak, weekdays"}});
  const auto again = parse_deck_csv(written, settings);
  ASSERT_TRUE(again) << to_string(again.error().issues[0]);
  ASSERT_EQ(again->size(), rates->size());
  std::string twice = deck_csv_header();
  for (const auto& rate : *again)
    append_deck_csv_line(twice, rate, {{3, "peak, weekdays"}});
  EXPECT_EQ(twice, written);
  EXPECT_EQ((*again)[0].effective_from, (*rates)[0].effective_from);
  EXPECT_EQ((*again)[0].schedule, 3u);
  EXPECT_EQ((*again)[0].jurisdictions, 0x12);
  EXPECT_TRUE((*again)[2].blocked);
}

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

TEST(DeckCsv, SaysWhenTheRestCannotMatter) {
  DeckCsvReader lines({.max_lines = 2});
  lines.feed("prefix,per_minute\n1,1\n2,2\n");
  EXPECT_FALSE(lines.stopped());
  lines.feed("3,3\n");
  EXPECT_TRUE(lines.stopped());
  DeckCsvReader faulty({.max_lines = 2});
  faulty.feed("prefix,per_minute\n1,x\n");
  EXPECT_FALSE(faulty.stopped()) << "the other faults are wanted, too";
  faulty.feed("2,2\n3,3\n");
  EXPECT_TRUE(faulty.stopped()) << "lines count although they are not kept";
  DeckCsvReader workbook;
  workbook.feed("PK\x03\x04\n");
  EXPECT_TRUE(workbook.stopped());
}

TEST(DeckCsv, ShowsNoControlCharactersOfTheFile) {
  const auto issue = first_issue("prefix,per_minute\n1,1\x1b[31m\n");
  EXPECT_EQ(issue.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace warp::rating
