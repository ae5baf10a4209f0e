// Decks from CSV: the format in which carriers send their prices.
//
// First line: column names, any order, any case. Needed: prefix, per_minute. Known besides: setup_fee,
// initial_increment, increment, minimum_seconds, effective_from, effective_to. Fields are separated by
// commas (or semicolons, when the header has no comma), may be quoted, and end their line with LF or CRLF. A
// UTF-8 byte order mark is skipped. Money is decimal with a point and at most nine decimals, per minute;
// times are "2025-03-01" (midnight UTC) or "2025-03-01T00:00:00Z", with an offset when not UTC.
//
// All or nothing: one bad line refuses the import, and every bad line is reported with its number, its
// column, what is wrong and what to do (the first max_issues; all are counted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/domain/catalogue.h"

namespace warp::rating {

struct DeckCsvSettings {
  std::size_t max_issues = 100;
  std::size_t max_lines = 10'000'000;
  // For lines that leave effective_from out.
  WallTime effective_from{};
};

struct DeckCsvIssue {
  std::size_t line = 0;  // 1 is the header; 0: the file as a whole
  std::string column;    // empty: the line as a whole
  std::string problem;
  std::string cure;
};

struct DeckCsvError {
  std::vector<DeckCsvIssue> issues;
  std::size_t total = 0;
};

// Fed piece by piece as the file arrives; memory grows with the lines, not with the text.
class DeckCsvReader {
 public:
  explicit DeckCsvReader(const DeckCsvSettings& settings = {});
  ~DeckCsvReader();

  void feed(std::string_view piece);
  // Once, at the end of the text. The reader is spent afterwards.
  Result<std::vector<domain::Rate>, DeckCsvError> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Result<std::vector<domain::Rate>, DeckCsvError> parse_deck_csv(std::string_view text,
                                                               const DeckCsvSettings& settings = {});

// "line 7, per_minute: '0,01' is not an amount; write it with a point: 0.01"
std::string to_string(const DeckCsvIssue& issue);

}  // namespace warp::rating
