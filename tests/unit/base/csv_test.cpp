#include "warp/base/csv.h"

#include <gtest/gtest.h>

namespace warp {
namespace {

struct Told {
  std::vector<std::string> lines, faults;
  std::vector<std::size_t> numbers;
};

Told read(std::string_view text, std::size_t piece, CsvCharacters characters = CsvCharacters::Ascii) {
  Told told;
  CsvText* reader = nullptr;
  CsvText csv(
      characters,
      [&](std::string_view line) {
        told.lines.emplace_back(line);
        told.numbers.push_back(reader->number());
        return line != "stop";
      },
      [&](TextFault fault, bool whole) {
        told.faults.push_back(fault.problem);
        return !whole;
      });
  reader = &csv;
  while (!text.empty()) {
    csv.feed(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
  }
  csv.finish();
  return told;
}

TEST(CsvTextTest, LinesAreTheSameHoweverTheFileArrives) {
  for (const std::size_t piece : {1u, 2u, 3u, 100u}) {
    const auto told = read("\xEF\xBB\xBFone,1\r\n\n  \ntwo,2\nthree", piece);
    EXPECT_EQ(told.lines, (std::vector<std::string>{"one,1", "two,2", "three"})) << piece;
    EXPECT_EQ(told.numbers, (std::vector<std::size_t>{1, 4, 5})) << piece;
    EXPECT_TRUE(told.faults.empty()) << piece;
  }
}

TEST(CsvTextTest, NothingComesAfterTheReaderHasEnough) {
  EXPECT_EQ(read("a\nstop\nb\n", 2).lines, (std::vector<std::string>{"a", "stop"}));
}

TEST(CsvTextTest, WhatIsNoTextIsNamedOnceForTheWholeFile) {
  for (const std::string& file : {std::string("\xFF\xFEp\0r\0\nx\n", 9), std::string("PK\x03\x04zip\nx\n")}) {
    const auto told = read(file, 4);
    EXPECT_EQ(told.faults.size(), 1u);
    EXPECT_TRUE(told.lines.empty());
  }
}

TEST(CsvTextTest, ALineThatCannotBeReadDoesNotHideTheNext) {
  const auto told = read("a\n" + std::string(kLongestCsvLine + 1, 'x') + "\nb\rc\nd\n", 64);
  EXPECT_EQ(told.lines, (std::vector<std::string>{"a", "d"}));
  EXPECT_EQ(told.faults.size(), 2u);
}

TEST(CsvTextTest, LettersBeyondAsciiAreForThoseWhoAskForThem) {
  const std::string line = "Z\xC3\xBCrich\n";
  EXPECT_EQ(read(line, 3).faults.size(), 1u);
  EXPECT_EQ(read(line, 3, CsvCharacters::Text).lines.size(), 1u);
}

TEST(CsvTextTest, WhoeverJudgesFieldsGetsThemAsTheyAre) {
  EXPECT_EQ(read("a\001b\n", 3, CsvCharacters::Any).lines.size(), 1u);
  EXPECT_EQ(read("a\001b\n", 3, CsvCharacters::Text).faults.size(), 1u);
  EXPECT_EQ(read(std::string("x\na\0b\n", 6), 3, CsvCharacters::Any).faults.size(), 1u);
}

TEST(CsvLineTest, QuotesAreTakenOff) {
  CsvLine line;
  ASSERT_EQ(line.split("a,\"b,c\",\"say \"\"hi\"\"\",,", ','), CsvFault::None);
  EXPECT_EQ(line.fields, (std::vector<std::string_view>{"a", "b,c", "say \"hi\"", "", ""}));
  EXPECT_EQ(line.split("\"open", ','), CsvFault::QuoteOpen);
  EXPECT_EQ(line.split("\"a\"b,c", ','), CsvFault::TextAfterQuote);
  EXPECT_EQ(line.split("a\"b,c", ','), CsvFault::QuoteInside);
}

TEST(CsvLineTest, TheSeparatorIsTheHeaders) {
  EXPECT_EQ(csv_separator("prefix,price;note"), ',');
  EXPECT_EQ(csv_separator("prefix;price"), ';');
  EXPECT_EQ(csv_separator("prefix"), ',');
}

}  // namespace
}  // namespace warp
