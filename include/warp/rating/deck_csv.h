// Decks from CSV: the format in which carriers send their prices.
//
// First line: column names, any order, any case. Needed: prefix (or an area) and a price. Fields are
// separated by commas (or semicolons, when the header has no comma), may be quoted, and end their line with
// LF or CRLF. A UTF-8 byte order mark is skipped. Money is decimal with a point and at most nine decimals,
// per minute; times are "2025-03-01" (midnight UTC) or "2025-03-01T00:00:00Z", with an offset when not UTC. A
// DeckMapping says what is different in a carrier's file.
//
//   prefix             digits; 8 of them (1 NPA NXX and a digit) are a thousand-block
//   state, lata, ocn, rate_centre   instead of a prefix: all prefixes of the area (settings.areas)
//   per_minute         for all jurisdictions, or all that no other column is for
//   per_minute_interstate, _intrastate, _intralata, _local, _international, _tollfree
//                      empty: as per_minute, or not offered when there is none. Without a column of their
//                      own, INTRALATA and LOCAL are as INTRASTATE, and INTERNATIONAL, TOLLFREE and UNKNOWN as
//                      INTERSTATE, when there is no per_minute
//   jurisdictions      names with '|' between them that per_minute is for; empty: all
//   schedule           name of a schedule (settings.schedules), or "#" and its id; empty: always
//   setup_fee, attempt_fee, surcharge, free_seconds, initial_increment, increment, minimum_seconds,
//   effective_from, effective_to
//   blocked            yes or no: nothing goes there
//
// All or nothing: one bad line refuses the import, and every bad line is reported with its number, its
// column, what is wrong and what to do (the first max_issues; all are counted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/domain/catalogue.h"
#include "warp/rating/deck_mapping.h"

namespace warp::rating {

struct DeckCsvSettings {
  std::size_t max_issues = 100;
  std::size_t max_lines = 5'000'000;
  // For lines that leave effective_from out.
  WallTime effective_from{};
  DeckMapping mapping = {};
  AreaPrefixes areas = {};                              // empty: lines by area are refused
  std::map<std::string, std::uint16_t> schedules = {};  // by name
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

// Fed piece by piece as the file arrives; memory grows with the lines, not with the text, and is let go at
// the first fault.
class DeckCsvReader {
 public:
  explicit DeckCsvReader(const DeckCsvSettings& settings = {});
  ~DeckCsvReader();

  void feed(std::string_view piece);
  // It is refused already for something that the rest cannot change.
  bool stopped() const;
  // Once, at the end of the text. The reader is spent afterwards.
  Result<std::vector<domain::Rate>, DeckCsvError> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Result<std::vector<domain::Rate>, DeckCsvError> parse_deck_csv(std::string_view text,
                                                               const DeckCsvSettings& settings = {});

// The same columns as parse_deck_csv reads, for those that a deck of these lines needs: what is written and
// read again is the same. `schedule_names` by id.
std::string deck_csv_header();
void append_deck_csv_line(std::string& out, const domain::Rate& rate,
                          const std::map<std::uint16_t, std::string>& schedule_names);

// "line 7, per_minute: '0,01' is not an amount; write it with a point: 0.01"
std::string to_string(const DeckCsvIssue& issue);

}  // namespace warp::rating
