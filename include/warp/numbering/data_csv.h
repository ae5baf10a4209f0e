// Number data from CSV: blocks of the North American plan, prefixes of countries, local calling areas.
//
// First line: column names, any order, any case. Blocks take two forms: the columns of LERG 6 (npa, nxx,
// block_id, loc_state, lata, ocn, rc_abbre, coc_type; others are passed over) and a short one (npa, nxx,
// block, state, lata, ocn, rc, kind); needed are npa, nxx and the state. A block is 0 to 9, or A for who
// holds the whole NPA-NXX; without the column every line is a whole one. Countries: prefix, country, and
// perhaps kind. Local areas: rate_centre, also, each as STATE/CENTRE. Fields are separated by commas (or
// semicolons, when the header has no comma), may be quoted, and end their line with LF or CRLF.
//
// All or nothing: one bad line refuses the file, and every bad line is reported with its number, its column,
// what is wrong and what to do (the first max_issues; all are counted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/numbering/table.h"

namespace warp::numbering {

enum class DataSet : std::uint8_t { Blocks, Countries, LocalAreas };
std::string_view to_string(DataSet set);  // blocks, countries, local_areas

struct DataCsvIssue {
  std::size_t line = 0;  // 1 is the header; 0: the file as a whole
  std::string column;    // empty: the line as a whole
  std::string problem, cure;
};
struct DataCsvError {
  std::vector<DataCsvIssue> issues;
  std::size_t total = 0;
};
struct DataCsvSettings {
  std::size_t max_issues = 100;
  std::size_t max_lines = 5'000'000;
};

// Fed piece by piece as the file arrives; memory grows with the lines, not with the text.
class DataCsvReader {
 public:
  explicit DataCsvReader(DataSet set, const DataCsvSettings& settings = {});
  ~DataCsvReader();

  void feed(std::string_view piece);
  // It is refused already for something that the rest cannot change.
  bool stopped() const;
  // Once, at the end of the text: that part of a Source which the set is.
  Result<Table::Source, DataCsvError> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Result<Table::Source, DataCsvError> parse_data_csv(DataSet set, std::string_view text,
                                                   const DataCsvSettings& settings = {});

}  // namespace warp::numbering
