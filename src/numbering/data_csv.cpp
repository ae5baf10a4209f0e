#include "warp/numbering/data_csv.h"

#include <algorithm>
#include <unordered_map>

#include "warp/base/csv.h"
#include "warp/base/text.h"

#include "data_lines.h"

namespace warp::numbering {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

std::string names_of(DataSet set) {
  std::string text;
  for (const auto& known : known_columns(set)) {
    if (!text.empty()) text += ", ";
    text += known.name;
  }
  return text;
}

// What makes two lines one.
std::string key_of(DataSet set, const Table::Source& rows) {
  switch (set) {
    case DataSet::Blocks: {
      const auto& row = rows.blocks.back();
      return std::to_string(row.npanxx * 16 + row.block);
    }
    case DataSet::Countries:
      return rows.countries.back().prefix;
    case DataSet::LocalAreas: {
      const auto& [a, b] = rows.local_pairs.back();
      return a < b ? a + "," + b : b + "," + a;
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(DataSet set) {
  switch (set) {
    case DataSet::Blocks:
      return "blocks";
    case DataSet::Countries:
      return "countries";
    case DataSet::LocalAreas:
      return "local_areas";
  }
  return {};
}

struct DataCsvReader::Impl {
  Impl(DataSet of, const DataCsvSettings& given)
      : set(of),
        settings(given),
        text(
            CsvCharacters::Any, [this](std::string_view line) { return take_line(line); },
            [this](TextFault fault, bool whole) {
              report("", std::move(fault.problem), std::move(fault.cure));
              return header_done && !whole;
            }) {
    position.fill(kAbsent);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool take_line(std::string_view line) {
    header_done ? take_row(line) : take_header(line);
    return !stopped;
  }

  void take_header(std::string_view line) {
    header_done = true;
    separator = csv_separator(line);
    if (const auto fault = csv.split(line, separator); fault != CsvFault::None)
      return stop(describe(fault).problem, "name the columns in the first line: " + names_of(set));
    width = csv.fields.size();
    for (std::size_t at = 0; at < width; ++at)
      take_column(trim(csv.fields[at]), at);
    for (const auto column : needed_columns(set))
      if (position[static_cast<std::size_t>(column)] == kAbsent)
        report(std::string(name_of(set, column)), "the column is missing",
               "name the columns in the first line: " + names_of(set));
    stopped = total > 0;  // each line would be reported for the same fault
  }

  void take_column(std::string_view name, std::size_t at) {
    const auto& known = known_columns(set);
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const KnownColumn& item) { return iequals(item.name, name); });
    if (found == known.end()) return;
    auto& place = position[static_cast<std::size_t>(found->column)];
    if (place != kAbsent) return report(shown(name), "the column is there twice", "keep one of them");
    place = at;
  }

  void take_row(std::string_view line) {
    if (lines >= settings.max_lines)
      return stop("the file has more than " + std::to_string(settings.max_lines) + " lines", "split it");
    if (const auto fault = csv.split(line, separator); fault != CsvFault::None) {
      auto [problem, cure] = describe(fault);
      return report("", std::move(problem), std::move(cure));
    }
    if (csv.fields.size() != width)
      return report("",
                    "the line has " + std::to_string(csv.fields.size()) + " fields, the header has " +
                        std::to_string(width),
                    "give each line one field a column; quote fields that hold a separator");
    LineFields fields;
    for (std::size_t i = 0; i < kColumns; ++i)
      if (position[i] != kAbsent) fields[i] = trim(csv.fields[position[i]]);
    if (auto wrong = take_fields(set, fields, rows))
      return report(std::string(name_of(set, wrong->column)), std::move(wrong->problem),
                    std::move(wrong->cure));
    ++lines;
    const auto [before, fresh] = seen.try_emplace(stable_hash(key_of(set, rows)), text.number());
    if (!fresh)
      report("", "the line says what line " + std::to_string(before->second) + " says",
             "keep one of the two");
    if (total > 0) rows = {};  // they are for nobody any more
  }

  void report(std::string column, std::string problem, std::string cure) {
    report_at(text.number(), std::move(column), std::move(problem), std::move(cure));
  }
  void report_at(std::size_t line, std::string column, std::string problem, std::string cure) {
    ++total;
    if (issues.size() < settings.max_issues)
      issues.push_back({line, std::move(column), std::move(problem), std::move(cure)});
  }
  void stop(std::string problem, std::string cure) {
    report("", std::move(problem), std::move(cure));
    stopped = true;
  }

  Result<Table::Source, DataCsvError> finish() {
    text.finish();
    if (total == 0 && !header_done)
      report_at(0, "", "the file is empty", "name the columns in the first line: " + names_of(set));
    if (total == 0 && lines == 0) report_at(0, "", "the file has no lines", "add a line for each entry");
    if (total > 0) return DataCsvError{std::move(issues), total};
    return std::move(rows);
  }

  const DataSet set;
  const DataCsvSettings settings;
  CsvText text;
  std::size_t width = 0, lines = 0;
  bool header_done = false, stopped = false;
  char separator = ',';
  std::array<std::size_t, kColumns> position{};
  CsvLine csv;
  Table::Source rows;
  std::unordered_map<std::uint64_t, std::size_t> seen;  // lines by their keys' hashes
  std::vector<DataCsvIssue> issues;
  std::size_t total = 0;
};

DataCsvReader::DataCsvReader(DataSet set, const DataCsvSettings& settings)
    : impl_(std::make_unique<Impl>(set, settings)) {}
DataCsvReader::~DataCsvReader() = default;

bool DataCsvReader::stopped() const {
  return impl_->stopped || impl_->text.stopped();
}

void DataCsvReader::feed(std::string_view piece) {
  impl_->text.feed(piece);
}

Result<Table::Source, DataCsvError> DataCsvReader::finish() {
  return impl_->finish();
}

Result<Table::Source, DataCsvError> parse_data_csv(DataSet set, std::string_view text,
                                                   const DataCsvSettings& settings) {
  DataCsvReader reader(set, settings);
  reader.feed(text);
  return reader.finish();
}

}  // namespace warp::numbering
