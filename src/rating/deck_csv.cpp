#include "warp/rating/deck_csv.h"

#include <algorithm>
#include <array>
#include <optional>

#include "warp/base/text.h"
#include "warp/rating/digit_index.h"

#include "csv_line.h"
#include "csv_values.h"

namespace warp::rating {
namespace {

using domain::Rate;

enum Column : std::size_t {
  kPrefix,
  kPerMinute,
  kSetupFee,
  kInitialIncrement,
  kIncrement,
  kMinimumSeconds,
  kEffectiveFrom,
  kEffectiveTo,
  kColumns
};
constexpr std::array<std::string_view, kColumns> kNames{
    "prefix",    "per_minute",      "setup_fee",      "initial_increment",
    "increment", "minimum_seconds", "effective_from", "effective_to"};
constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

std::string known_columns() {
  std::string text;
  for (const auto name : kNames) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

ValueFault describe(CsvFault fault) {
  switch (fault) {
    case CsvFault::None:
      break;
    case CsvFault::QuoteOpen:
      return {"a quote is not closed on its line", "close it; a field holds no line break"};
    case CsvFault::TextAfterQuote:
      return {"there is text behind a closing quote", "double the quotes inside of a quoted field"};
    case CsvFault::QuoteInside:
      return {"there is a quote inside of a field that is not quoted",
              "quote the whole field and double the quotes inside"};
  }
  return {};
}

}  // namespace

std::string to_string(const DeckCsvIssue& issue) {
  std::string text = issue.line == 0 ? "file" : "line " + std::to_string(issue.line);
  if (!issue.column.empty()) text += ", " + issue.column;
  return text + ": " + issue.problem + "; " + issue.cure;
}

struct DeckCsvReader::Impl {
  explicit Impl(const DeckCsvSettings& given) : settings(given) { position.fill(kAbsent); }

  void feed(std::string_view piece) {
    while (!piece.empty() && !stopped) {
      const auto end = piece.find('\n');
      if (end == std::string_view::npos) {
        keep(piece);
        return;
      }
      if (partial.empty()) {
        take_line(piece.substr(0, end));
      } else {
        keep(piece.substr(0, end));
        const auto line = std::move(partial);
        partial.clear();
        take_line(line);
      }
      piece.remove_prefix(end + 1);
    }
  }

  // Beyond the longest line allowed there is no need to remember what it says.
  void keep(std::string_view part) {
    partial.append(part.substr(0, kMaxLine + 2 - std::min(partial.size(), kMaxLine + 2)));
  }

  void take_line(std::string_view line) {
    ++line_number;
    if (line_number == 1 && !take_beginning(line)) return;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > kMaxLine) {
      report("", {"the line is longer than 4096 characters", "check that the file is a CSV with line ends"});
      if (!header_done) stopped = true;
      return;
    }
    if (!clean(line)) {
      if (!header_done) stopped = true;
      return;
    }
    if (trim(line).empty()) return;
    if (!header_done)
      take_header(line);
    else
      take_rate(line);
  }

  bool take_beginning(std::string_view& line) {
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF") ||
        line.find('\0') != std::string_view::npos) {
      stop({"the file is not UTF-8 (it looks like UTF-16)", "save it as CSV UTF-8"});
      return false;
    }
    if (line.starts_with("PK\x03\x04")) {
      stop({"the file is a workbook, not a CSV", "export the sheet as CSV UTF-8"});
      return false;
    }
    return true;
  }

  // Every field is ASCII: a byte beyond it is a damaged or foreign encoding, or a look-alike digit.
  bool clean(std::string_view line) {
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == '\r') {
        report("", {"there is a carriage return inside of the line", "end lines with LF or CRLF"});
        return false;
      }
      if (byte >= 0x7f || (byte < ' ' && byte != '\t')) {
        report("", {"there is a character that is no plain text: " + shown(std::string_view(&c, 1)),
                    "save the file as CSV UTF-8 and write digits and column names in ASCII"});
        return false;
      }
    }
    return true;
  }

  void take_header(std::string_view line) {
    header_done = true;
    separator =
        line.find(',') == std::string_view::npos && line.find(';') != std::string_view::npos ? ';' : ',';
    const auto fault = csv.split(line, separator);
    if (fault != CsvFault::None) return stop(describe(fault));
    width = csv.fields.size();
    for (std::size_t at = 0; at < width; ++at)
      take_column(trim(csv.fields[at]), at);
    for (const auto column : {kPrefix, kPerMinute})
      if (position[column] == kAbsent)
        report(std::string(kNames[column]),
               {"the column is missing", "name the columns in the first line: " + known_columns()});
    // Without a sound header each line would be reported for the same fault.
    stopped = total > 0;
  }

  void take_column(std::string_view name, std::size_t at) {
    const auto found =
        std::find_if(kNames.begin(), kNames.end(), [&](auto known) { return iequals(known, name); });
    if (found == kNames.end())
      return report(shown(name), {"the column is not known", "use only " + known_columns()});
    auto& place = position[static_cast<std::size_t>(found - kNames.begin())];
    if (place != kAbsent) return report(std::string(name), {"the column is there twice", "keep one of them"});
    place = at;
  }

  void take_rate(std::string_view line) {
    if (rates.size() >= settings.max_lines)
      return stop(
          {"the file has more than " + std::to_string(settings.max_lines) + " lines", "split the deck"});
    const auto fault = csv.split(line, separator);
    if (fault != CsvFault::None) return report("", describe(fault));
    if (csv.fields.size() != width)
      return report("", {"the line has " + std::to_string(csv.fields.size()) + " fields, the header has " +
                             std::to_string(width),
                         "give each line one field a column; quote fields that hold a separator"});
    Rate rate;
    const auto before = total;
    rate.effective_from = settings.effective_from;
    read(kPrefix, rate.prefix, parse_prefix);
    read(kPerMinute, rate.per_minute, parse_price);
    read_optional(kSetupFee, rate.setup_fee, parse_price);
    read_optional(kInitialIncrement, rate.initial_increment,
                  [](auto text) { return parse_seconds(text, 1); });
    read_optional(kIncrement, rate.increment, [](auto text) { return parse_seconds(text, 1); });
    read_optional(kMinimumSeconds, rate.minimum_seconds, [](auto text) { return parse_seconds(text, 0); });
    read_optional(kEffectiveFrom, rate.effective_from, parse_time);
    read_optional(kEffectiveTo, rate.effective_to, parse_time);
    if (total == before && rate.effective_to && *rate.effective_to <= rate.effective_from)
      report("effective_to", {"the line ends before it begins", "give an end after effective_from, or none"});
    if (total > 0) return;
    rates.push_back(std::move(rate));
    numbers.push_back(static_cast<std::uint32_t>(line_number));
  }

  template <class Value, class Parse>
  void read(Column column, Value& value, Parse parse) {
    auto parsed = parse(trim(csv.fields[position[column]]));
    if (!parsed) return report(std::string(kNames[column]), parsed.error());
    value = std::move(*parsed);
  }
  template <class Value, class Parse>
  void read_optional(Column column, Value& value, Parse parse) {
    if (position[column] == kAbsent || trim(csv.fields[position[column]]).empty()) return;
    read(column, value, parse);
  }

  // Lines of one prefix: an open-ended one is superseded by the next; one that says when it ends must end
  // before the next begins.
  void check_overlaps() {
    struct Line {
      PrefixKey key;
      std::uint32_t at;
    };
    std::vector<Line> lines;
    lines.reserve(rates.size());
    for (std::uint32_t at = 0; at < rates.size(); ++at)
      lines.push_back({*PrefixKey::parse(rates[at].prefix), at});
    const auto earlier = [this](const Line& a, const Line& b) {
      if (a.key != b.key) return a.key < b.key;
      if (rates[a.at].effective_from != rates[b.at].effective_from)
        return rates[a.at].effective_from < rates[b.at].effective_from;
      return a.at < b.at;
    };
    if (!std::is_sorted(lines.begin(), lines.end(), earlier)) std::sort(lines.begin(), lines.end(), earlier);
    for (std::size_t i = 1; i < lines.size(); ++i)
      if (lines[i].key == lines[i - 1].key) check_pair(lines[i - 1].at, lines[i].at);
  }

  void check_pair(std::uint32_t first, std::uint32_t second) {
    const auto& a = rates[first];
    const auto& b = rates[second];
    line_number = std::max(numbers[first], numbers[second]);
    const auto other = std::to_string(std::min(numbers[first], numbers[second]));
    if (a.effective_from == b.effective_from)
      report("prefix", {shown(b.prefix) + " is there already on line " + other + " from the same time on",
                        "keep one of the two lines"});
    else if (a.effective_to && *a.effective_to > b.effective_from)
      report("effective_to", {shown(b.prefix) + " overlaps in time with line " + other,
                              "let the earlier line end when the later one begins, or leave its end out"});
  }

  void report(std::string column, ValueFault fault) {
    ++total;
    if (issues.size() < settings.max_issues)
      issues.push_back({line_number, std::move(column), std::move(fault.problem), std::move(fault.cure)});
  }
  void stop(ValueFault fault) {
    report("", std::move(fault));
    stopped = true;
  }

  Result<std::vector<Rate>, DeckCsvError> finish() {
    if (!partial.empty() && !stopped) {
      const auto line = std::move(partial);
      take_line(line);
    }
    if (total == 0) check_overlaps();
    line_number = 0;
    if (total == 0 && !header_done)
      report("", {"the file is empty", "name the columns in the first line: " + known_columns()});
    if (total == 0 && rates.empty()) report("", {"the file has no rates", "add a line for each prefix"});
    if (total > 0) return DeckCsvError{std::move(issues), total};
    return std::move(rates);
  }

  DeckCsvSettings settings;
  std::string partial;  // a line of which the end has not come yet
  std::size_t line_number = 0;
  bool header_done = false;
  bool stopped = false;
  char separator = ',';
  std::size_t width = 0;
  std::array<std::size_t, kColumns> position{};
  CsvLine csv;
  std::vector<Rate> rates;
  std::vector<std::uint32_t> numbers;  // line of each rate
  std::vector<DeckCsvIssue> issues;
  std::size_t total = 0;
};

DeckCsvReader::DeckCsvReader(const DeckCsvSettings& settings) : impl_(std::make_unique<Impl>(settings)) {}
DeckCsvReader::~DeckCsvReader() = default;

void DeckCsvReader::feed(std::string_view piece) {
  impl_->feed(piece);
}

Result<std::vector<Rate>, DeckCsvError> DeckCsvReader::finish() {
  return impl_->finish();
}

Result<std::vector<Rate>, DeckCsvError> parse_deck_csv(std::string_view text,
                                                       const DeckCsvSettings& settings) {
  DeckCsvReader reader(settings);
  reader.feed(text);
  return reader.finish();
}

}  // namespace warp::rating
